// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceKeys
internal import WireProtocol

/// A key of an enrolment beside the first of its purpose.
package struct EnrolledSpare: Hashable, Sendable, Identifiable {
    /// The key.
    package var key: StoredKey
    /// Whether the verifier is known to have it. A key that is not confirmed is kept, and signs nothing.
    package var isConfirmed: Bool
    /// SHA-256 of the one-time code that added it, where one did: who gives that code again is told so.
    package var codeHash: [UInt8]?

    package var id: String { key.id }

    /// A spare key.
    package init(key: StoredKey, isConfirmed: Bool, codeHash: [UInt8]? = nil) {
        self.key = key
        self.isConfirmed = isConfirmed
        self.codeHash = codeHash
    }
}

extension Enrollment {
    /// The keys that sign for a purpose, in the order in which they are tried: the first of it, then its spares that the
    /// verifier is known to have.
    package func signingKeys(for purpose: KeyPurpose) -> [StoredKey] {
        let first: StoredKey? =
            switch purpose {
            case .proofOfPossession: proofOfPossession
            case .userVerification: userVerification
            case .clientInstance: clientInstance
            }
        let confirmed = spares.filter { $0.key.purpose == purpose && $0.isConfirmed }
        return (first.map { [$0] } ?? []) + confirmed.map(\.key)
    }

    /// Those of them that may have the protection that a challenge asks for, in the order in which they are tried.
    ///
    /// Where that is hardware, the keys of which the verifier is known to believe it go before those of which it has not said; one of
    /// which it does not believe it would sign in vain.
    func signingKeys(for purpose: KeyPurpose, under protection: KeyProtection) -> [StoredKey] {
        let keys = signingKeys(for: purpose).filter { protection.admits($0.kind) }
        guard protection == .hardware else { return keys }
        return keys.filter { attested[$0.id] == true } + keys.filter { attested[$0.id] == nil }
    }

    /// Whether the verifier can have fewer of its keys than this device without the enrolment's end.
    package var canLoseKeys: Bool { userVerification != nil || !spares.isEmpty }

    /// Whether the verifier can tell something of its keys that this device does not know: which of them it has, or whether it
    /// believes that they are in hardware.
    package var hasOpenQuestions: Bool {
        canLoseKeys || keys.contains { $0.purpose != .clientInstance && $0.kind != .software && attested[$0.id] == nil }
    }

    /// The keys that were to be added, and of which this device does not know whether the verifier has them.
    package var unconfirmedKeys: [StoredKey] { spares.filter { !$0.isConfirmed }.map(\.key) }
}

extension KeyProtection {
    /// Whether a key of a kind has this protection, as far as this device can tell.
    func admits(_ kind: KeyKind) -> Bool { self == .any || kind != .software }
}
