// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a compact JWS was not accepted.
public enum JWSError: Error, Hashable, Sendable {
    /// It is longer than ``UnverifiedJWS/maximumLength``.
    case tooLong
    /// It is not three parts of base64url, or its header or payload is not the JSON that belongs there.
    case malformed
    /// The header names another type than is expected here.
    case unexpectedType
    /// The header names an algorithm that is not spoken here, `none` among them, or a critical extension.
    case unsupported
    /// No key of this name is known.
    case unknownKey
    /// The signature is not this key's.
    case signatureMismatch
}
