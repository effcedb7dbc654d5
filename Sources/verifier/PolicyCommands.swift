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
}
