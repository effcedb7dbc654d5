// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import ArgumentParser
internal import VerifierServer

extension PolicyCommand {
    /// `verifier policy explain`.
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what policies decide about a request, by which rule, and what could not be decided.",
            discussion: """
                A request is a JSON object of what is known: now, user, device, network, risk, session, login, accessRequest. \
                What it does not say is not known. docs/policies.md has all members.

                A sign-in that the verifier keeps is named by the transactionId of the audit log; without --policy the policies \
                that count now are asked. Serial numbers are not kept, so that a condition on one is undecided.

                Examples:
                  verifier policy explain --policy policies.json --request request.json
                  verifier policy explain --policy rule.json --policy zones.json --request request.json --simulate
                  verifier policy explain --sign-in ft0123456789abcdef
                """)

        @Option(
            name: .long,
            help: ArgumentHelp("A file with policies, rules or zones; may be given again.", valueName: "file"),
            completion: .file(extensions: ["json"])) var policy: [String] = []
        @Option(
            name: .long, help: ArgumentHelp("The file with the request.", valueName: "file"),
            completion: .file(extensions: ["json"])) var request: String?
        @Option(
            name: .long, help: ArgumentHelp("A sign-in that is kept, in place of a request.", valueName: "id"))
        var signIn: String?
        @Flag(name: .long, help: "Print the answer of Okta's simulation.") var simulate = false
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ConfigurationOptions

        func validate() throws {
            guard (request == nil) != (signIn == nil) else {
                throw ValidationError("name a --request or a --sign-in, and not both")
            }
            if request != nil, policy.isEmpty { throw ValidationError("name the policies with --policy") }
        }

        func run() async throws {
            if let request {
                let request = try PolicyFiles.read(request) { (bytes) throws(PolicyDocumentError) in
                    try AccessRequest.decode(bytes)
                }
                return try say(try PolicyFiles.document(policy), request)
            }
            let history = try await options.services().signInHistory
            let records = try await history.decisions(of: signIn ?? "")
            guard !records.isEmpty else {
                throw PolicyFileError(
                    file: "sign-in \(signIn ?? "")",
                    problem: "is not kept: no access policy decided it, or it is too long ago")
            }
            let evaluator =
                policy.isEmpty ? try await history.policiesInForce().evaluator : try PolicyFiles.evaluator(policy)
            for record in records {
                let request: AccessRequest
                do { request = try AccessRequest.decode(Array(record.request.utf8)) } catch {
                    throw PolicyFileError(file: "sign-in \(record.transactionID)", problem: "\(error)")
                }
                if !output.json, !simulate { Console.say(Self.head(record)) }
                try say(evaluator.trace(request))
            }
        }

        /// Tells who decides about a password, where rules of a password policy are given and a password is what it is about; else what the
        /// policies decide.
        private func say(_ document: PolicyDocument, _ request: AccessRequest) throws {
            let evaluator = AccessPolicyEvaluator(policies: document.policiesWithRules, zones: document.zones)
            guard let operation = request.account?.operation, operation == .recover || operation == .unlockAccount,
                !document.passwordPoliciesWithRules.isEmpty, !simulate
            else { return try say(evaluator.trace(request)) }
            let passwords = PasswordPolicyEvaluator(
                policies: document.passwordPoliciesWithRules, zones: document.zones)
            let decision = RecoveryDecision(operation, request, passwords: passwords, accounts: evaluator)
            if output.json { return Console.say(decision.json.text(isPretty: true)) }
            switch decision.handOver {
            case .denied(let reason) where decision.decision != nil:
                Console.say("Nobody may do it by themselves: \(reason)")
            case .denied(let reason): Console.say("The password policy: nobody may do it by themselves: \(reason)")
            case .passwordPolicy:
                Console.say(
                    "The password policy's own requirement holds (LEGACY); the account management policy is not asked")
            case .accountManagementPolicy:
                Console.say("The account management policy decides (AUTH_POLICY):")
                try say(evaluator.trace(decision.request))
            }
        }

        private static func head(_ record: RecordedSignIn) -> String {
            let words = ["decision", "why", "policy", "rule", "verification"].compactMap { name in
                record.decided[name].flatMap { $0.isEmpty ? nil : "\(name): \($0)" }
            }
            let answered = record.isOfSession ? ", answered by a session" : ""
            return "Recorded \(record.timeText)\(answered): \(words.joined(separator: ", "))"
        }

        private func say(_ trace: AccessPolicyTrace) throws {
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
