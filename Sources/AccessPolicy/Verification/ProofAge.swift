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
        guard proof.at <= now else { return false }
        if let limit, now - proof.at >= limit.seconds { return false }
        guard let inactivity else { return true }
        guard let lastUsed, lastUsed <= now else { return false }
        return now - lastUsed < inactivity.seconds
    }
}
