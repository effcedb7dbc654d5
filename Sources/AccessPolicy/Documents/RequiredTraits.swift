// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a key and its use have to be.
public struct RequiredTraits: Hashable, Sendable {
    /// Bound to one device.
    public var deviceBound: Requirement?
    /// Kept in hardware.
    public var hardwareProtection: Requirement?
    /// Of no use to who stands between.
    public var phishingResistant: Requirement?
    /// The person shows that they are there; `REQUIRED` where the document does not say.
    public var userPresence: Requirement?
    /// The person shows that it is they, by PIN or biometrics.
    public var userVerification: Requirement?
    /// How they show it, where that is required; empty for any way.
    public var userVerificationMethods: [UserVerificationMethod] = []

    /// Nothing said.
    public init() {}
}

/// Whether something is asked for.
public enum Requirement: String, Hashable, Sendable, CaseIterable {
    /// It may be.
    case optional = "OPTIONAL"
    /// It must be.
    case required = "REQUIRED"
}

/// How a person shows that it is they.
public enum UserVerificationMethod: String, Hashable, Sendable, CaseIterable {
    /// By a finger or face.
    case biometrics = "BIOMETRICS"
    /// By a PIN.
    case pin = "PIN"
}
