// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import ArgumentParser

extension PolicyCommand {
    /// `verifier policy diff`.
    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what other policies would decide differently about the same requests.",
            discussion: """
                The requests are JSON, one on a line, each as `verifier policy explain` takes it.

                Examples:
                  verifier policy diff old.json new.json --requests requests.jsonl
                  verifier policy diff old.json new.json --zones zones.json --requests requests.jsonl --json
                """)

        @Argument(help: "The file with the policies as they are.", completion: .file(extensions: ["json"])) var old:
            String
        @Argument(help: "The file with the policies as they would be.", completion: .file(extensions: ["json"]))
        var new: String
        @Option(
            name: .long, help: ArgumentHelp("The file with the requests, one on a line.", valueName: "file"),
            completion: .file(extensions: ["jsonl", "json"])) var requests: String
        @Option(
            name: .long, help: ArgumentHelp("A file with zones for both; may be given again.", valueName: "file"),
            completion: .file(extensions: ["json"])) var zones: [String] = []
        @Option(name: .long, help: "The most differences that are printed.") var limit = 100
        @OptionGroup var output: OutputOptions

        /// After how many requests a line of progress is printed.
        private static let progressStep = 10_000

        func validate() throws {
            guard (0...1_000_000).contains(limit) else { throw ValidationError("--limit is 0 to 1000000") }
        }

        func run() throws {
            var diff = PolicyDiff(
                from: try PolicyFiles.evaluator([old] + zones),
                to: try PolicyFiles.evaluator([new] + zones), limit: limit)
            try PolicyFiles.eachLine(of: requests) { number, line in
                do throws(PolicyDocumentError) {
                    diff.add(try AccessRequest.decode(line))
                } catch {
                    throw PolicyFileError(file: requests, problem: "line \(number): \(error)")
                }
                if diff.requests.isMultiple(of: Self.progressStep) { Console.note("\(diff.requests) requests") }
            }
            if output.json {
                Console.say(diff.json.text(isPretty: true))
            } else {
                say(diff)
            }
            if !diff.counts.isEmpty { throw ExitCode(1) }
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
