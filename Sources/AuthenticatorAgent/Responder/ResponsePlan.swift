// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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

    /// The plan for a challenge (docs/protocol.md §3).
    ///
    /// - Parameter canVerify: whether the enrolment has a user-verification key.
    init(for claims: ChallengeClaims, canVerify: Bool) {
        switch claims.userVerification {
        case .preferred where canVerify, .required where canVerify: self = .verification
        case .required: self = .withoutVerification
        default: self = claims.userMediation == UserMediation.none ? .silent : .consent
        }
    }

    /// Whether the person sees a prompt.
    var prompts: Bool { self == .consent || self == .verification }
}
