// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import WireProtocol

/// How a challenge is to be answered: with which key, and after asking the person what.
enum ResponsePlan: Hashable {
    /// With the promptless key, without asking.
    case silent
    /// With the promptless key, once the person agrees.
    case consent
    /// With the key behind a PIN.
    case verification
    /// With the promptless key, saying that this device cannot verify the person.
    case withoutVerification
    /// Not: with the client instance key, saying that no key has the protection that is asked for.
    case withoutProtection

    /// The plan for a challenge (docs/protocol.md §3).
    ///
    /// - Parameters:
    ///   - keys: the enrolment's keys of a purpose that may have a protection.
    ///   - alwaysAsks: whether the person is asked whatever the challenge says.
    init(
        for claims: ChallengeClaims, keys: (KeyPurpose, KeyProtection) -> [StoredKey], alwaysAsks: Bool = false
    ) {
        let protection = claims.keyProtection
        let canVerify = !keys(.userVerification, protection).isEmpty
        switch claims.userVerification {
        case .preferred where canVerify, .required where canVerify: self = .verification
        case .required: self = keys(.userVerification, .any).isEmpty ? .withoutVerification : .withoutProtection
        case _ where keys(.proofOfPossession, protection).isEmpty: self = .withoutProtection
        default: self = claims.userMediation == UserMediation.none && !alwaysAsks ? .silent : .consent
        }
    }

    /// The plan for a challenge to an enrolment.
    init(for claims: ChallengeClaims, to enrollment: Enrollment, alwaysAsks: Bool = false) {
        self.init(for: claims, keys: enrollment.signingKeys(for:under:), alwaysAsks: alwaysAsks)
    }

    /// Whether the enrolment lacks the key that is asked for.
    var lacksKey: Bool { self == .withoutVerification || self == .withoutProtection }

    /// Whether the person sees a prompt.
    var prompts: Bool { self == .consent || self == .verification }
}
