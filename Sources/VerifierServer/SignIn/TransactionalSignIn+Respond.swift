// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

extension TransactionalSignIn {
    /// What came of writing an appraisal down.
    private enum Conclusion: Sendable {
        /// It was written; what policy said, where it was asked.
        case recorded(PolicyWord?, counterRegressed: Bool = false)
        /// A security key may have been copied, and the organisation takes none that may have been.
        case copiedKey
        /// The same response was written before.
        case repeated
        /// Another response, or the person, was quicker.
        case over
        /// What the identity rests on was suspended or deleted meanwhile.
        case notActive(VerifierError)
    }

    func respond(transactionID: String, response: String, address: String) async throws {
        try await rateLimiter.check(.failedResponse, by: address)
        do {
            try await appraiseAndRecord(transactionID: transactionID, response: response, address: address)
        } catch let error as VerifierError {
            try? await rateLimiter.spend(.failedResponse, by: address)
            throw error
        }
    }

    private func appraiseAndRecord(transactionID: String, response: String, address: String) async throws {
        let unverified: UnverifiedResponse
        do {
            unverified = try UnverifiedResponse(response)
        } catch {
            throw VerifierError(400, .malformed, "The response is not a JWS of the form that belongs here.")
        }
        let hash = SHA256.base64URL(of: response)
        let evidence = try await evidence(for: unverified, transactionID: transactionID)
        // The connection dropped after the response was taken, and the agent sends it again.
        if evidence.transaction?.answeredBy == hash { return try await challengeAgain(transactionID) }
        let now = clock.now()
        let arrival = Arrival(
            evidence: evidence, claims: unverified.claims, hash: hash, address: address, now: now)
        let appraisal: Appraisal
        do {
            appraisal = try appraiser.appraise(unverified, of: transactionID, on: evidence, now: now)
        } catch {
            throw await recordRefusal(error, from: arrival)
        }
        switch appraisal {
        case .phishingReport(let origin, let isForeign):
            try await recordReport(of: origin, isForeign: isForeign, from: arrival)
        case .declined(let failure): try await recordDecline(failure, from: arrival)
        case .signIn(let identity, let report, let proof):
            try await recordSignIn(identity, report: report, proof: proof, from: arrival)
        }
    }

    /// A response that came, and what was known when it did.
    private struct Arrival: Sendable {
        var evidence: ResponseEvidence
        var claims: ResponseClaims
        var hash: String
        var address: String
        var now: Int64

        func event(_ type: AuditEventType, _ outcome: AuditEvent.Outcome, _ data: [String: String] = [:]) -> AuditEvent
        {
            var targets: [AuditEvent.Entity] = []
            if let request = evidence.transaction?.request {
                targets.append(.app(id: request.clientID, name: request.appName))
            }
            if let enrollment = evidence.enrollment {
                targets += [.device(id: enrollment.deviceID), .enrollment(id: enrollment.id)]
            }
            var data = data
            data["transactionId"] = evidence.transaction?.id
            data["origin"] = data["origin"] ?? claims.context.originHeader.map { String($0.prefix(300)) }
            data["bindingType"] = claims.context.bindingType.rawValue
            data["keyType"] = claims.keyType.rawValue
            return AuditEvent(
                type, outcome: outcome, actor: evidence.user.map { .user($0) } ?? .system, address: address,
                targets: targets, debugData: data)
        }

        /// What the log tells of an answer of a person's device, by what came of it.
        func events(
            of conclusion: Conclusion, _ identity: AuthenticatedIdentity, _ report: ReportedDevice
        ) -> [AuditEvent] {
            let copied = event(.keyCounter, .failure(AuditReason.copiedKey))
            switch conclusion {
            case .repeated, .over: return []
            case .copiedKey: return [copied, event(.authentication, .failure(AuditReason.copiedKey))]
            case .notActive(let refusal): return [event(.authentication, .failure(refusal.summary))]
            case .recorded(let word, let regressed):
                var data = report.auditData
                data["methods"] = identity.methods.joined(separator: " ")
                if evidence.transaction?.challenge?.isRecheck == true { data["recheck"] = "true" }
                let signedIn = event(.authentication, .success, data)
                return (regressed ? [copied] : []) + [signedIn]
                    + (word.map { [event(.policyEvaluation, $0.outcome, $0.data)] } ?? [])
            }
        }
    }

    private func evidence(
        for response: UnverifiedResponse, transactionID: String
    ) async throws -> ResponseEvidence {
        try await store.read { reader in
            var evidence = ResponseEvidence()
            evidence.transaction = try reader.record(SignInTransaction.self, id: transactionID)
            evidence.enrollment = try reader.record(EnrollmentRecord.self, id: response.claims.enrollmentID)
            if let id = evidence.enrollment?.deviceID { evidence.device = try reader.record(DeviceRecord.self, id: id) }
            if let id = evidence.transaction?.userID { evidence.user = try reader.record(User.self, id: id) }
            return evidence
        }
    }

    // MARK: - Writing it down

    private func recordSignIn(
        _ identity: AuthenticatedIdentity, report: ReportedDevice, proof: AuthenticationProof,
        from arrival: Arrival
    ) async throws {
        let answering = identity
        let told: @Sendable (Conclusion) -> [AuditEvent] = { arrival.events(of: $0, answering, report) }
        let conclusion = try await conclude(arrival, telling: told) { transaction, writer in
            let isRecheck = transaction.challenge?.isRecheck == true
            // A look at the device proves nothing of the person: what they proved before stands.
            let identity = isRecheck ? transaction.earned ?? answering : answering
            if let refusal = try IdentityStanding.refusal(of: identity, in: writer) {
                transaction.state = .failed(.notActive)
                return .notActive(refusal)
            }
            let regressed = try SignatureCounter.take(proof, of: answering, in: writer)
            if regressed, settings.attestation.counterPolicy == .refuse {
                transaction.state = .failed(.keyCopied)
                return .copiedKey
            }
            // A copy may be about until the sign-in begins anew: one more proof, or a look at the device, does not undo it.
            if regressed { transaction.counterRegressed = true }
            let word = try decide(
                identity, report, for: arrival.evidence.user, of: &transaction, at: arrival.now, in: writer)
            return .recorded(word, counterRegressed: regressed)
        }
        switch conclusion {
        case .repeated: try await challengeAgain(arrival.evidence.transaction?.id ?? "")
        case .over: throw Self.answered
        case .copiedKey: break
        case .notActive(let refusal): throw refusal
        case .recorded(let word, _):
            if word?.isDue == true { try await challengeAgain(arrival.evidence.transaction?.id ?? "") }
        }
    }

    private func recordDecline(_ failure: SignInFailure, from arrival: Arrival) async throws {
        let told: @Sendable (Conclusion) -> [AuditEvent] = { conclusion in
            guard case .recorded = conclusion else { return [] }
            return [arrival.event(.authentication, .failure(failure.rawValue))]
        }
        let conclusion = try await conclude(arrival, telling: told) { transaction, _ in
            transaction.state = transaction.state(after: failure)
            return .recorded(nil)
        }
        switch conclusion {
        case .repeated, .recorded: return
        case .over, .notActive, .copiedKey: throw Self.answered
        }
    }

    /// Written once for each origin of a transaction; the sign-in goes on, for the honest page's sake.
    private func recordReport(of origin: String, isForeign: Bool, from arrival: Arrival) async throws {
        guard let id = arrival.evidence.transaction?.id else { return }
        let now = arrival.now
        let reason =
            isForeign ? AuditReason.phishing : "The agent does not answer for an origin that the verifier allows"
        let event = arrival.event(.authentication, .failure(reason), ["origin": origin])
        _ = try await store.write(telling: audit, { isNew in isNew ? [event] : [] }) { writer -> Bool in
            if isForeign, let userID = arrival.evidence.transaction?.userID {
                var memory = try writer.record(RiskMemory.self, id: userID) ?? RiskMemory(id: userID)
                memory.refusedPhishingAt = now
                try writer.save(memory)
            }
            guard var transaction = try writer.record(SignInTransaction.self, id: id),
                !transaction.reportedOrigins.contains(origin),
                transaction.reportedOrigins.count < SignInTransaction.maximumReports
            else { return false }
            transaction.reportedOrigins.append(origin)
            try writer.save(transaction)
            return true
        }
    }

    /// A refusal of a genuine signature ends the challenge where the page can tell the person why; any other changes nothing.
    private func recordRefusal(_ refusal: ResponseRefusal, from arrival: Arrival) async -> any Error {
        var data: [String: String] = ["errorCode": refusal.error.code.rawValue]
        if !refusal.isAuthentic { data["signature"] = "not verified" }
        let event = arrival.event(.authentication, .failure(refusal.reason), data)
        if let failure = refusal.failure {
            do {
                let conclusion = try await conclude(
                    arrival, remembering: false, telling: { if case .recorded = $0 { [event] } else { [] } }
                ) { transaction, _ in
                    transaction.state = transaction.state(after: failure)
                    return .recorded(nil)
                }
                if case .recorded = conclusion { return refusal.error }
            } catch {
                return error
            }
        }
        await audit.record(event)
        return refusal.error
    }

    /// Changes the transaction where it still waits for the challenge that was appraised.
    private func conclude(
        _ arrival: Arrival, remembering: Bool = true,
        telling events: @escaping @Sendable (Conclusion) -> [AuditEvent] = { _ in [] },
        _ body: @escaping @Sendable (inout SignInTransaction, any StoreWriter) throws -> Conclusion
    ) async throws -> Conclusion {
        guard let appraised = arrival.evidence.transaction else { return .over }
        return try await store.write(telling: audit, events) { writer in
            guard var transaction = try writer.record(SignInTransaction.self, id: appraised.id) else { return .over }
            if transaction.answeredBy == arrival.hash { return .repeated }
            guard let challenge = transaction.challenge, challenge.hash == appraised.challenge?.hash else {
                return .over
            }
            let conclusion = try body(&transaction, writer)
            if remembering { transaction.answeredBy = arrival.hash }
            try writer.save(transaction)
            return conclusion
        }
    }

    private static let answered = VerifierError(
        410, .transactionOver, "This transaction is over: it was answered, ran out or was replaced.")
}
