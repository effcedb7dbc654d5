// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import ArgumentParser
internal import VerifierServer

extension PolicyCommand {
    /// `verifier policy diff`.
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what other policies would decide differently about the same requests.",
            discussion: """
                The requests are JSON, one on a line, each as `verifier policy explain` takes it; or those of the sign-ins that the \
                verifier keeps of the last days.

                With one file the policies that count now are compared with what they would be if the policies and zones of the file \
                were put in the place of those of the same id, or beside the others.

                Examples:
                  verifier policy diff old.json new.json --requests requests.jsonl
                  verifier policy diff old.json new.json --zones zones.json --requests requests.jsonl --json
                  verifier policy diff new.json --days 30
                """)

        @Argument(
            help:
                "The file with the policies as they are, where it is not those that count now, and the one as they would be.",
            completion: .file(extensions: ["json"])) var files: [String]
        @Option(
            name: .long, help: ArgumentHelp("The file with the requests, one on a line.", valueName: "file"),
            completion: .file(extensions: ["jsonl", "json"])) var requests: String?
        @Option(
            name: .long,
            help: ArgumentHelp("Ask about the sign-ins of so many days that the verifier keeps.", valueName: "n"))
        var days: Int?
        @Option(
            name: .long, help: ArgumentHelp("A file with zones for both; may be given again.", valueName: "file"),
            completion: .file(extensions: ["json"])) var zones: [String] = []
        @Option(name: .long, help: "The most differences that are printed.") var limit = 100
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        /// After how many requests a line of progress is printed.
        private static let progressStep = 10_000

        func validate() throws {
            guard (0...1_000_000).contains(limit) else { throw ValidationError("--limit is 0 to 1000000") }
            guard (1...2).contains(files.count) else { throw ValidationError("name one or two files with policies") }
            guard (requests == nil) != (days == nil) else {
                throw ValidationError("name --requests or --days, and not both")
            }
            guard (1...400).contains(days ?? 1) else { throw ValidationError("--days is 1 to 400") }
        }

        func run() async throws {
            // What is asked of the store alone opens it.
            let history = days != nil || files.count == 1 ? try await options.services().signInHistory : nil
            let (old, new) = try await evaluators(history)
            var diff = PolicyDiff(from: old, to: new, limit: limit)
            if let requests {
                try PolicyFiles.eachLine(of: requests) { number, line in
                    try Self.add(line, to: &diff, from: "\(requests): line \(number)")
                }
            }
            if let days, let history {
                try await history.each(ofLastDays: days) { record in
                    try Self.add(Array(record.request.utf8), to: &diff, from: "sign-in \(record.transactionID)")
                }
            }
            if output.json {
                Console.say(diff.json.text(isPretty: true))
            } else {
                say(diff)
            }
            if !diff.counts.isEmpty { throw ExitCode(1) }
        }

        private func evaluators(
            _ history: SignInHistory?
        ) async throws -> (AccessPolicyEvaluator, AccessPolicyEvaluator) {
            guard let file = files.last, files.count == 1, let history else {
                return (try PolicyFiles.evaluator([files[0]] + zones), try PolicyFiles.evaluator([files[1]] + zones))
            }
            let set = try await history.policiesInForce()
            let given = try PolicyFiles.document([file] + zones)
            let policies = given.policiesWithRules
            let kept = set.accessPolicies.filter { old in
                !policies.contains { $0.metadata.id != nil && $0.metadata.id == old.metadata.id }
            }
            let keptZones = set.zones.filter { old in
                !given.zones.contains { $0.metadata.id != nil && $0.metadata.id == old.metadata.id }
            }
            return (
                set.evaluator, AccessPolicyEvaluator(policies: kept + policies, zones: keptZones + given.zones)
            )
        }

        private static func add(_ request: [UInt8], to diff: inout PolicyDiff, from place: String) throws {
            do throws(PolicyDocumentError) { diff.add(try AccessRequest.decode(request)) } catch {
                throw PolicyFileError(file: place, problem: "\(error)")
            }
            if diff.requests.isMultiple(of: progressStep) { Console.note("\(diff.requests) requests") }
        }

        private func say(_ diff: PolicyDiff) {
            for change in diff.changes {
                Console.say("request \(change.index + 1): \(change.kind.rawValue)")
                Console.say("  before: \(change.before.access.rawValue): \(change.before.why)")
                Console.say("  after:  \(change.after.access.rawValue): \(change.after.why)")
            }
            let counts = PolicyDiff.Kind.allCases.map { "\(diff.counts[$0] ?? 0) \($0.rawValue)" }
            Console.say("\(diff.requests) requests: \(counts.joined(separator: ", "))")
        }
    }
}
