// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import ArgumentParser

/// `verifier policy`.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check access policies, and see what they decide.",
        discussion: """
            Files hold what Okta's API writes: an access policy with its rules under _embedded.rules, a rule, a network zone, \
            a rule of a password policy, or an array of these.

            Exit codes: 0 nothing found, 1 findings or differences or a file that is not understood, 64 wrong usage.
            """,
        subcommands: [
            Check.self, Explain.self, Diff.self, PolicyHistoryCommand.self, PolicyRevertCommand.self,
        ])

    /// `verifier policy check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look for mistakes in policies: members, contradictions, expressions, rules that nobody reaches.",
            discussion: """
                Zones that rules name are looked up among the zones in the same files; without any zone, none is.

                Examples:
                  verifier policy check policies.json zones.json
                  verifier policy check --json rule.json
                """)

        @Argument(help: "The files.", completion: .file(extensions: ["json"])) var files: [String]
        @Flag(name: .long, help: "Print errors alone, and let warnings pass.") var errorsOnly = false
        @OptionGroup var output: OutputOptions

        func run() throws {
            var document = PolicyDocument()
            var findings: [PolicyFinding] = []
            for file in files {
                do throws(PolicyDocumentError) {
                    document.add(try PolicyDocument.decode(try PolicyFiles.bytes(of: file)))
                } catch {
                    findings.append(
                        PolicyFinding(
                            severity: .error, code: "schema", policy: file, member: error.path, message: error.problem))
                }
            }
            findings += PolicyCheck(document).findings
            if errorsOnly { findings.removeAll { $0.severity != .error } }
            if output.json {
                Console.say(JSONValue.array(findings.map(\.json)).text(isPretty: true))
            } else {
                for finding in findings { Console.say(finding.text) }
                if findings.isEmpty { Console.say("nothing found") }
            }
            if !findings.isEmpty { throw ExitCode(1) }
        }
    }

    /// `verifier policy explain`.
    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what policies decide about a request, by which rule, and what could not be decided.",
            discussion: """
                A request is a JSON object of what is known: now, user, device, network, risk, session, login, accessRequest. \
                What it does not say is not known. docs/policies.md has all members.

                Examples:
                  verifier policy explain --policy policies.json --request request.json
                  verifier policy explain --policy rule.json --policy zones.json --request request.json --simulate
                """)

        @Option(
            name: .long,
            help: ArgumentHelp("A file with policies, rules or zones; may be given again.", valueName: "file"),
            completion: .file(extensions: ["json"])) var policy: [String]
        @Option(
            name: .long, help: ArgumentHelp("The file with the request.", valueName: "file"),
            completion: .file(extensions: ["json"])) var request: String
        @Flag(name: .long, help: "Print the answer of Okta's simulation.") var simulate = false
        @OptionGroup var output: OutputOptions

        func run() throws {
            let request = try PolicyFiles.read(request) { (bytes) throws(PolicyDocumentError) in
                try AccessRequest.decode(bytes)
            }
            let evaluator = try PolicyFiles.evaluator(policy)
            let trace = evaluator.trace(request)
            if simulate {
                try Console.say(json: PolicySimulation(evaluation: [PolicySimulation.Evaluation(trace)]))
            } else if output.json {
                Console.say(PolicyExplanation(trace).json.text(isPretty: true))
            } else {
                Console.say(PolicyExplanation(trace).text)
            }
        }
    }
}
