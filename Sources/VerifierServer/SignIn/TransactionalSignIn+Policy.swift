// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import DeviceAssurance

/// What policy said of a sign-in, as the audit log tells it.
struct PolicyWord: Sendable {
    /// Whether it lets the person in.
    var outcome: AuditEvent.Outcome
    /// Which policy, which rule, why.
    var data: [String: String]
    /// Whether it asks for one more proof.
    var isDue = false
}

extension TransactionalSignIn {
    /// Has policy decide where a sign-in goes on, of a person who is authenticated by a device that reported.
    func decide(
        _ identity: AuthenticatedIdentity, _ reported: ReportedDevice, for user: User?,
        of transaction: inout SignInTransaction, at now: Int64, in writer: any StoreWriter
    ) throws -> PolicyWord? {
        let request = transaction.request
        let set = try policies.policies(in: writer)
        let isGuarded = request.requiresAssurance && !settings.assurancePolicies.isEmpty
        if let id = identity.deviceID, isGuarded || !set.accessPolicies.isEmpty {
            try writer.save(DeviceReport(id: id, reported, at: now))
        }
        if request.policyID != nil || (request.change != nil && set.governsAccounts) {
            guard let user else {
                transaction.settle(.denied([.notAllowed]), identity)
                return PolicyWord(
                    outcome: .deny("The person is not known, so that no policy can let them in"), data: [:])
            }
            // What this sign-in proved before counts with what it proved now.
            let proven = identity.combined(with: transaction.earned)
            let judgement = try PolicyJudge(source: policies, settings: settings).judge(
                PolicyQuestion(
                    user: user, identity: proven, reported: reported, address: transaction.address ?? "",
                    policyID: request.policyID, change: request.change, mode: request.assuranceMode ?? .warnThenBlock,
                    isThisSignIn: true, counterRegressed: transaction.counterRegressed == true, now: now),
                in: writer, remembering: writer)
            try RecordedSignIn.keep(
                judgement, of: transaction.id, userID: user.id, at: now, for: settings.recordDays, in: writer)
            let enrollment = try identity.enrollmentID.flatMap { try writer.record(EnrollmentRecord.self, id: $0) }
            let lack = transaction.take(judgement, of: proven, by: enrollment)
            return PolicyWord(
                outcome: lack.map { .deny("The device lacks the key that the policy asks for: \($0.rawValue)") }
                    ?? judgement.auditOutcome, data: judgement.auditData, isDue: transaction.isDue)
        }
        guard request.requiresAssurance else {
            transaction.settle(.succeeded(identity), identity)
            return nil
        }
        let result = try AssuranceEvaluation(
            policies: set, guarding: settings.assurancePolicies, releases: settings.releases
        )
        .result(of: reported.evidence, deviceID: identity.deviceID ?? "", now: now, in: writer)
        let mode = request.assuranceMode ?? .warnThenBlock
        let judged = identity.judged(result)
        transaction.settle(mode.state(after: result, of: judged), judged)
        return PolicyWord(of: result, mode: mode)
    }

    /// Makes the challenge of a sign-in of which policy asks one more proof; nothing for any other. So a response that comes again takes
    /// up what was interrupted between the proof and the next challenge.
    func challengeAgain(_ transactionID: String) async throws {
        let known = try await store.read { reader -> (SignInTransaction, User, DeviceQuestions)? in
            guard let transaction = try reader.record(SignInTransaction.self, id: transactionID),
                let id = transaction.userID, let user = try reader.record(User.self, id: id)
            else { return nil }
            return (transaction, user, settings.questions(by: try policies.policies(in: reader)))
        }
        guard let (transaction, user, questions) = known, case .due(let demand, _) = transaction.state else { return }
        let challenge = try await issuer.challenge(
            for: transaction, user: user, demand, asking: questions, now: clock.now())
        try await store.write(.buffered) { writer in
            guard var current = try writer.record(SignInTransaction.self, id: transactionID),
                current.state == transaction.state
            else { return }
            current.state = .challenged(challenge)
            try writer.save(current)
        }
    }
}

extension PolicyWord {
    /// What is told where one set of policies guards every app.
    fileprivate init(of result: AssuranceResult, mode: AssuranceMode) {
        data = ["mode": mode.rawValue]
        if !result.failures.isEmpty {
            data["unmet"] = result.failures
                .map { "\($0.policyID): \($0.remediations.map(\.key).joined(separator: " "))" }.joined(separator: "; ")
        }
        if case .inGracePeriod(let until, _) = result.verdict { data["gracePeriodUntil"] = "\(until)" }
        outcome = mode.letsIn(result) ? .allow : .deny("The device does not meet the security requirements")
    }
}

extension SignInTransaction {
    /// Whether one more proof is due.
    fileprivate var isDue: Bool {
        if case .due = state { true } else { false }
    }

    /// Goes on after the device was judged; who was authenticated is kept as long as the device is not let in.
    fileprivate mutating func settle(_ next: State, _ identity: AuthenticatedIdentity) {
        state = next
        earned = if case .succeeded = next { nil } else { identity }
    }

    /// Goes on after access policies decided; answers what the device lacks for what they ask, where it lacks something.
    fileprivate mutating func take(
        _ judgement: SignInJudgement, of identity: AuthenticatedIdentity, by enrollment: EnrollmentRecord?
    ) -> SignInFailure? {
        switch judgement.outcome {
        case .satisfied: settle(.succeeded(identity), identity)
        case .told(let advice, let until): settle(.warned(identity, advice, until: until), identity)
        case .denied(let advice): settle(.denied(advice.isEmpty ? [.notAllowed] : advice), identity)
        case .unattainable: settle(.failed(.policyUnattainable), identity)
        case .due(let demand):
            if let lack = lack(for: demand, of: enrollment) {
                settle(state(after: lack), identity)
                return lack
            }
            stepUps = (stepUps ?? 0) + 1
            guard stepUps ?? 0 <= Self.maximumStepUps, let challenge else {
                settle(.failed(.policyUnattainable), identity)
                return nil
            }
            askedKey = demand.alias?.key.rawValue
            settle(.due(request.demand.strengthened(by: demand), previous: challenge.compact), identity)
        }
        return nil
    }

    /// What the device lacks for a proof by a kind of key: it has no such key enrolled, or was asked for it and answered with another.
    /// A challenge cannot say more than that the key has to be in hardware, so that to ask again would change nothing.
    private func lack(for demand: ProofDemand, of enrollment: EnrollmentRecord?) -> SignInFailure? {
        guard let key = demand.alias?.key else { return nil }
        let kind: EnrolledHardware.Kind = key == .smartCard ? .piv : .fido2
        let hasKey = enrollment?.signInKeys.contains { $0.key.isAttested && $0.key.hardware?.kind == kind } == true
        if hasKey, askedKey != key.rawValue { return nil }
        return key == .smartCard ? .smartCardRequired : .securityKeyRequired
    }
}

extension Remediation {
    /// A policy keeps somebody out, and nothing on the device would change that.
    fileprivate static let notAllowed = Remediation(
        key: "idx.error.code.access_denied.policy",
        message: "Your organisation's policy does not allow this from here. Ask your administrator if you need it.",
        outcome: .notMet)
}
