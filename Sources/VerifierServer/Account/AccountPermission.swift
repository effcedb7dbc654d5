// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whether a person may change something of their account.
package enum AccountPermission: Hashable, Sendable {
    /// They may.
    case allowed
    /// They may once they prove more, or prove it anew.
    case afterVerification
    /// They may not; the page shows it read-only, or hides it.
    case refused

    /// Its name for the page.
    var name: String {
        switch self {
        case .allowed: "allowed"
        case .afterVerification: "verify"
        case .refused: "refused"
        }
    }
}

/// Decides what people may change of their account: by the account management policy, or without one by the age of their sign-in.
struct AccountGate: Sendable {
    /// How old a sign-in may be for a change where no policy says otherwise, in seconds.
    static let standardAge: Int64 = 15 * 60

    let services: VerifierServices
    let mode: AssuranceMode

    /// Whether a session may make a change now, and what policy said where there is one.
    func permission(
        _ operation: AccountChange.Operation, _ session: Session, address: String
    ) async throws -> (permission: AccountPermission, judgement: SignInJudgement?) {
        let source = services.policies
        guard try await services.store.read({ try source.policies(in: $0).governsAccounts }) else {
            return (standard(operation, session), nil)
        }
        // What was proven for this change counts as proven now; whether it is enough is what policy says now.
        let grant = session.grant.flatMap { $0.covers(operation, at: services.clock.now()) ? $0 : nil }
        let judgement = try await services.judge(
            session, change: AccountChange(operation), provenSince: grant?.provenSince, mode: mode, address: address)
        guard let judgement else { return (.refused, nil) }
        switch judgement.outcome {
        case .satisfied, .told: return (.allowed, judgement)
        case .due: return (.afterVerification, judgement)
        case .unattainable, .denied: return (.refused, judgement)
        }
    }

    /// Without a policy: what is there may be taken away by who signed in recently, and nothing is added.
    private func standard(_ operation: AccountChange.Operation, _ session: Session) -> AccountPermission {
        guard operation == .unenroll, session.identity.contextClass != nil else { return .refused }
        let now = services.clock.now()
        if session.grant?.covers(operation, at: now) == true { return .allowed }
        return now - session.identity.authenticatedAt < Self.standardAge ? .allowed : .afterVerification
    }
}
