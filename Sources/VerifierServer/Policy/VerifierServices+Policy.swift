// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension VerifierServices {
    /// What policies say of a session at this time: of an app's sign-in, or of a change of the person's account. Changes nothing.
    ///
    /// The device's state is the one that it reported last.
    ///
    /// - Parameter provenSince: from when on proofs count as if they were made just now; `nil` for none.
    /// - Returns: `nil` where the person is gone.
    func judge(
        _ session: Session, policyID: String? = nil, change: AccountChange? = nil, provenSince: Int64? = nil,
        mode: AssuranceMode, address: String
    ) async throws -> SignInJudgement? {
        let (now, source) = (clock.now(), policies)
        return try await store.read { reader in
            guard let user = try reader.record(User.self, id: session.identity.userID) else { return nil }
            let report = try session.identity.deviceID.flatMap { try reader.record(DeviceReport.self, id: $0) }
            return try PolicyJudge(source: source).judge(
                PolicyQuestion(
                    user: user, identity: session.identity, reported: report?.reported, address: address,
                    policyID: policyID, change: change, mode: mode, isThisSignIn: false,
                    provenSince: provenSince, lastUsed: session.lastActivity, now: now),
                in: reader)
        }
    }
}
