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
    ///   - possession: where the enrolment's proof-of-possession keys are.
    ///   - verification: where its user-verification keys are.
    ///   - alwaysAsks: whether the person is asked whatever the challenge says.
    init(
        for claims: ChallengeClaims, possession: [KeyKind], verification: [KeyKind], alwaysAsks: Bool = false
    ) {
        let canVerify = verification.contains(where: claims.keyProtection.admits)
        switch claims.userVerification {
        case .preferred where canVerify, .required where canVerify: self = .verification
        case .required: self = verification.isEmpty ? .withoutVerification : .withoutProtection
        case _ where !possession.contains(where: claims.keyProtection.admits): self = .withoutProtection
        default: self = claims.userMediation == UserMediation.none && !alwaysAsks ? .silent : .consent
        }
    }

    /// The plan for a challenge to an enrolment.
    init(for claims: ChallengeClaims, to enrollment: Enrollment, alwaysAsks: Bool = false) {
        func kinds(_ purpose: KeyPurpose) -> [KeyKind] { enrollment.signingKeys(for: purpose).map(\.kind) }
        self.init(
            for: claims, possession: kinds(.proofOfPossession), verification: kinds(.userVerification),
            alwaysAsks: alwaysAsks)
    }

    /// Whether the enrolment lacks the key that is asked for.
    var lacksKey: Bool { self == .withoutVerification || self == .withoutProtection }

    /// Whether the person sees a prompt.
    var prompts: Bool { self == .consent || self == .verification }
}
