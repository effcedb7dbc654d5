// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// One thing that a person proved: with which authenticator, what that showed, and when.
package struct ProvenAuthenticator: Hashable, Sendable, Codable {
    /// The authenticators by their keys in access policies.
    package enum Key: String, Hashable, Sendable, Codable {
        /// A key of the agent's: in a file, in a TPM, on a security key or a smart card.
        case agent = "okta_verify"
        /// A one-time code of the administrator's.
        case code = "tac"
    }

    /// Where the agent's key is.
    package enum Store: String, Hashable, Sendable, Codable {
        /// In a file.
        case file
        /// On a security key.
        case securityKey
        /// On a smart card.
        case smartCard
        /// In the machine's TPM.
        case tpm

        /// Where a key of this hardware is; no hardware is a file.
        init(_ kind: EnrolledHardware.Kind?) {
            self =
                switch kind {
                case nil: .file
                case .fido2: .securityKey
                case .piv: .smartCard
                case .tpm: .tpm
                }
        }
    }

    /// The authenticator.
    package var key = Key.agent
    /// Where its key is; `nil` where it is no key.
    package var store: Store?
    /// Whether an attestation proved that the key is in hardware.
    package var isHardwareProtected: Bool
    /// Whether the page's origin was checked, so that nobody between could use it.
    package var isPhishingResistant: Bool
    /// Whether somebody was seen to be there.
    package var isUserPresent: Bool
    /// How the person was verified: `pin` or `fpt`; `nil` where they were not.
    package var verification: String?
    /// When, in seconds since 1970.
    package var provenAt: Int64

    /// A one-time code that somebody typed.
    static func code(at time: Int64) -> ProvenAuthenticator {
        ProvenAuthenticator(
            key: .code, store: nil, isHardwareProtected: false, isPhishingResistant: false, isUserPresent: true,
            verification: nil, provenAt: time)
    }

    /// The proofs of a sign-in and those of the same person's session before it: of each kind the last, the newest first.
    static func merge(_ new: [ProvenAuthenticator], _ former: [ProvenAuthenticator]) -> [ProvenAuthenticator] {
        var merged: [ProvenAuthenticator] = []
        for proof in (new + former).sorted(by: { $0.provenAt > $1.provenAt }) {
            if merged.contains(where: { $0.isSameKind(as: proof) }) { continue }
            merged.append(proof)
        }
        return Array(merged.prefix(maximumCount))
    }

    /// How many proofs are remembered.
    private static let maximumCount = 8

    private func isSameKind(as other: ProvenAuthenticator) -> Bool {
        var other = other
        other.provenAt = provenAt
        return self == other
    }
}

extension AuthenticatedIdentity {
    /// The identity with what the same person proved in the session before.
    func remembering(_ former: AuthenticatedIdentity?) -> AuthenticatedIdentity {
        guard let former, former.userID == userID, former.deviceID == deviceID else { return self }
        var identity = self
        identity.proofs = ProvenAuthenticator.merge(proofs ?? [], former.proofs ?? [])
        return identity
    }
}

extension AuthenticatedIdentity {
    /// The identity with what the same person proved with the same device earlier in this sign-in.
    func combined(with earlier: AuthenticatedIdentity?) -> AuthenticatedIdentity {
        guard let earlier, earlier.userID == userID, earlier.deviceID == deviceID else { return self }
        var identity = remembering(earlier)
        identity.methods += earlier.methods.filter { !methods.contains($0) }
        return identity
    }
}
