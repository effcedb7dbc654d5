// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What an authenticator says of a credential that it made, and how it proves that (WebAuthn §6.5.4).
public struct AttestationObject: Hashable, Sendable {
    /// The name of the statement's format (WebAuthn §8).
    public let format: String
    /// The statement: a map.
    public let statement: CBOR
    /// The authenticator's data as they were signed.
    public let authenticatorDataBytes: [UInt8]
    /// The authenticator's data.
    public let authenticatorData: AuthenticatorData

    /// The longest object that is read, in bytes.
    public static let maximumLength = 32 * 1024

    /// Reads an object. It has the three members of WebAuthn §6.5.4 and no other.
    public init(_ bytes: [UInt8]) throws(AttestationObjectError) {
        guard bytes.count <= Self.maximumLength else { throw .tooLong }
        let value: CBOR
        do { value = try CBOR(decoding: bytes) } catch { throw .malformedCBOR(error) }
        guard value.pairs?.count == 3, let format = value["fmt"]?.text, let statement = value["attStmt"],
            statement.pairs != nil, let data = value["authData"]?.bytes
        else { throw .malformed }
        self.format = format
        self.statement = statement
        authenticatorDataBytes = data
        do { authenticatorData = try AuthenticatorData(data) } catch { throw .malformedAuthenticatorData(error) }
    }

    /// The encoding of an object of these parts.
    public static func encoded(format: String, statement: CBOR, authenticatorData: [UInt8]) -> [UInt8] {
        CBOR.map([
            .init(.text("fmt"), .text(format)), .init(.text("attStmt"), statement),
            .init(.text("authData"), .bytes(authenticatorData)),
        ]).encoded()
    }
}

/// Why bytes are not an attestation object.
public enum AttestationObjectError: Error, Hashable, Sendable {
    /// They are longer than is read.
    case tooLong
    /// The CBOR is broken.
    case malformedCBOR(CBORError)
    /// The members are not those of an attestation object.
    case malformed
    /// The authenticator's data are broken.
    case malformedAuthenticatorData(AuthenticatorDataError)
}
