// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import Hummingbird
internal import ManagementQueries
internal import WireProtocol

/// `POST /api/v1/policies/hand-over`: whether somebody may recover the password, or unlock the account, that a directory keeps, and
/// what they have to prove.
///
/// The question has the `policyContext` of a simulation. Of the person it needs the id; what is known of them is looked up. What it
/// does not say of the device, the network and the risk is not known, and lets nobody in. It changes nothing, so that reading policies
/// suffices; each answer is in the audit log.
struct RecoveryRoute: Sendable {
    let gate: ManagementGate

    func add(to router: Router<VerifierRequestContext>) {
        gate.on(router, .post, "/policies/hand-over", scope: APIScope(.policies, isManage: false)) { call in
            let (bytes, value) = try await call.document()
            let operation = try Self.operation(value["operation"])
            let question = try Self.question(bytes)
            guard let id = question.userID, question.groupIDs == nil else {
                throw ManagementError.invalid("policyContext.user.id", "names the person, and nothing else does")
            }
            let type = try Self.text(value["metadata"]?["type"], "metadata.type")
            let (now, source) = (call.now, call.services.policies)
            let (user, decision) = try await call.services.store.read { reader in
                guard let user = try reader.record(User.self, id: id), user.status != .deleted else {
                    throw ManagementError.notFound(id, "User")
                }
                let person = try source.person(user, in: reader)
                var request = question.request(now: now) { _ in person }
                request.loginIdentifier = user.username
                request.account = AccessRequest.AccountChange(operation, metadataType: type)
                let policies = try source.policies(in: reader)
                return (
                    user,
                    RecoveryDecision(operation, request, passwords: policies.passwords, accounts: policies.evaluator)
                )
            }
            return try Self.answer(decision, user)
        }
    }

    private static func question(_ bytes: [UInt8]) throws(ManagementError) -> SimulationQuestion {
        do { return try SimulationQuestion.decode(bytes) } catch { throw ManagementError(error) }
    }

    private static func operation(_ value: ResourceValue?) throws(ManagementError) -> AccountOperation {
        switch value?.text {
        case "recover": .recover
        case "unlockAccount": .unlockAccount
        default: throw .invalid("operation", "must be recover or unlockAccount")
        }
    }

    private static func text(_ value: ResourceValue?, _ member: String) throws(ManagementError) -> String? {
        guard let value, value != .null else { return nil }
        guard let text = value.text, text.utf8.count <= 256 else { throw .invalid(member, "must be a short text") }
        return text
    }

    /// The answer. Who may not sign in does not recover either, whatever policies say.
    private static func answer(_ decision: RecoveryDecision, _ user: User) throws -> ManagementAnswer {
        var value = try JSON.decode(ResourceValue.self, from: decision.json.bytes)
        var isAllowed = decision.access == .allow
        if user.status != .active {
            let why = "the person's account is \(user.status.rawValue)"
            value = [
                "operation": .string(decision.operation.rawValue), "access": "DENY", "decidedBy": "USER_STATUS",
                "why": .string(why),
            ]
            isAllowed = false
        }
        let data = ["operation", "access", "decidedBy", "why"].map { ($0, value[$0]?.text ?? "") }
        let event = AuditEvent(
            .policyEvaluation, outcome: isAllowed ? .allow : .deny(value["why"]?.text ?? ""), targets: [.user(user)],
            debugData: Dictionary(uniqueKeysWithValues: data))
        return ManagementAnswer(value: value, events: [event])
    }
}
