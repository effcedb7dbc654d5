// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

extension TransactionalSignIn {
    private enum CodeOutcome: Sendable {
        case accepted(SignInStanding, User)
        case refused(userID: String?)
    }

    func redeem(stateHandle: String, code: String, address: String) async throws -> SignInStanding {
        try await rateLimiter.check(.failedCode, by: address)
        let now = clock.now()
        let opened = try await store.read { try Self.openTransaction(of: stateHandle, at: now, in: $0) }
        if let userID = opened.userID { try await rateLimiter.check(.failedCodeOf(userID: userID), by: address) }
        let told: @Sendable (CodeOutcome) -> [AuditEvent] = { outcome in
            guard case .accepted(_, let user) = outcome else { return [] }
            let app = AuditEvent.Entity.app(id: opened.request.clientID, name: opened.request.appName)
            return [
                AuditEvent(.codeUse, outcome: .success, actor: .user(user), address: address, targets: [app])
            ]
        }
        let outcome = try await store.write(telling: audit, told) { writer -> CodeOutcome in
            var transaction = try Self.openTransaction(of: stateHandle, at: now, in: writer)
            guard transaction.request.acceptsEnrollmentCode, transaction.awaitsCode else { throw Self.over }
            // A name that nobody bears has no code, but costs a try like any other.
            let use = try codes.use(
                code, userID: transaction.userID ?? "", request: "sign-in \(transaction.id)", in: writer)
            switch use {
            case .refused(let userID): return .refused(userID: userID)
            case .repeated(let user): return .refused(userID: user.id)
            case .accepted(let user):
                var identity = AuthenticatedIdentity(
                    userID: user.id, deviceID: nil, enrollmentID: nil, authenticatedAt: now, methods: ["otp"],
                    contextClass: nil)
                identity.proofs = [.code(at: now)]
                transaction.state = .succeeded(identity)
                try writer.save(transaction)
                try notices.post(.codeUsed, to: user.id, text: EnrollmentCodes.useNotice(at: now), in: writer)
                return .accepted(transaction.standing(at: now), user)
            }
        }
        switch outcome {
        case .accepted(let standing, _): return standing
        case .refused(let userID):
            throw await codes.refusal(userID: userID, address: address, rateLimiter: rateLimiter)
        }
    }
}

extension SignInTransaction {
    /// Whether a code may be typed now: where no device is, or none answered.
    fileprivate var awaitsCode: Bool {
        switch state {
        case .enrollmentCode: true
        case .challenged, .failed: username != nil
        default: false
        }
    }
}
