// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which proofs are recent enough.
struct ProofAge: Sendable {
    let now: Int64
    let lastUsed: Int64?
    /// Takes every age for fresh: to tell what is missing from what is only old.
    var ignoresAge = false

    /// Whether a proof counts within a time, and within a time without use.
    ///
    /// What was proved in this sign-in counts. A time in the future is none that can be believed.
    func isRecent(
        _ proof: AuthenticatorProof, within limit: PolicyDuration?, unusedFor inactivity: PolicyDuration?
    ) -> Bool {
        if proof.isInThisSignIn || ignoresAge { return true }
        guard let age = age(of: proof.at) else { return false }
        if let limit, age >= limit.seconds { return false }
        guard let inactivity else { return true }
        guard let unused = lastUsed.flatMap(age(of:)) else { return false }
        return unused < inactivity.seconds
    }

    /// How long ago a time was; `nil` for one in the future.
    private func age(of time: Int64) -> Int64? {
        let (age, overflow) = now.subtractingReportingOverflow(time)
        return overflow || age < 0 ? nil : age
    }
}
