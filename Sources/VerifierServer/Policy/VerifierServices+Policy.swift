// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance

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
        let (now, source, settings) = (clock.now(), policies, settings)
        return try await store.read { reader in
            guard let user = try reader.record(User.self, id: session.identity.userID) else { return nil }
            let report = try session.identity.deviceID.flatMap { try reader.record(DeviceReport.self, id: $0) }
            return try PolicyJudge(source: source, settings: settings).judge(
                PolicyQuestion(
                    user: user, identity: session.identity, reported: report?.reported, address: address,
                    policyID: policyID, change: change, mode: mode, isThisSignIn: false,
                    provenSince: provenSince, lastUsed: session.lastActivity, now: now),
                in: reader)
        }
    }

    /// Whether the policies that guard every app would still let the device of a session in, by what it reported last.
    ///
    /// They may have become stricter since. Who has to be told something is told at a sign-in, unless they were told before. Where
    /// the device never reported anything, as with sessions of an earlier version, what the session says stands.
    func isStillLetIn(_ session: Session, by mode: AssuranceMode) async throws -> Bool {
        let (now, source, settings) = (clock.now(), policies, settings)
        guard !settings.assurancePolicies.isEmpty, let id = session.identity.deviceID else { return true }
        let result = try await store.read { reader -> AssuranceResult? in
            guard let report = try reader.record(DeviceReport.self, id: id) else { return nil }
            let before = try reader.record(AssuranceStanding.self, id: id)?.firstNonCompliant ?? [:]
            let context = try source.policies(in: reader).context(
                now: now, firstNonCompliant: before, releases: settings.releases)
            return AssuranceEvaluator.evaluate(settings.assurancePolicies, report.reported.evidence, context)
        }
        switch (result?.verdict, session.identity.compliance) {
        case (nil, _), (.compliant, _): return true
        case (.inGracePeriod, .inGracePeriod): return mode == .warnThenBlock
        default: return false
        }
    }
}
