// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Where a private key lives.
public enum KeyKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// In an encrypted file of the person's.
    case software
    /// In a security key that speaks CTAP.
    case fido2
    /// In a slot of a smart card (NIST SP 800-73).
    case piv
    /// In the machine's TPM 2.0.
    case tpm
}

/// What a key of an enrolment is for; the names are the wire's.
public enum KeyPurpose: String, Hashable, Sendable, Codable, CaseIterable {
    /// Proves that this device answers, without asking anybody.
    case proofOfPossession
    /// Proves that the person is there, by a PIN or a fingerprint.
    case userVerification
    /// Signs refusals and maintenance; worth nothing for a sign-in.
    case clientInstance
}
