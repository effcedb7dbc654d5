// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension TransactionalSignIn {
    /// Has the agent read its signals anew, of a person who is authenticated and a device that policy did not let in, or warned of.
    ///
    /// Nobody is asked again: what the person proved in this sign-in stands, and the same enrolment has to answer. A sign-in that
    /// does not know who was authenticated starts over.
    func recheck(stateHandle: String, address: String) async throws -> SignInStanding {
        try await rateLimiter.spend(.challenge, by: address)
        let now = clock.now()
        let known = try await store.read { reader -> (SignInTransaction, User?, DeviceQuestions) in
            let transaction = try Self.openTransaction(of: stateHandle, at: now, in: reader)
            guard transaction.awaitsRemedy else { throw Self.over }
            let user = try transaction.earned.flatMap { try reader.record(User.self, id: $0.userID) }
            return (transaction, user, settings.questions(by: try policies.policies(in: reader)))
        }
        guard let user = known.1 else { return try await retry(stateHandle: stateHandle, address: address) }
        try await rateLimiter.spend(.recheckOf(userID: user.id), by: address)
        let challenge = try await issuer.challenge(for: known.0, user: user, .recheck, asking: known.2, now: now)
        let observed = known.0.state
        return try await change(stateHandle) { transaction in
            // Another tab's click may have been quicker.
            guard transaction.state == observed else { return }
            transaction.answeredBy = nil
            transaction.address = address
            transaction.state = .challenged(challenge)
        }
    }
}

extension SignInTransaction {
    /// Whether it waits for something to be fixed on the device.
    fileprivate var awaitsRemedy: Bool {
        switch state {
        case .denied, .warned: true
        default: false
        }
    }
}
