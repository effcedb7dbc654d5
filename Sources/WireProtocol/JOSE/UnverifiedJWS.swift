// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography
internal import FoundationEssentials
public import WebAuthn

/// A compact JWS (RFC 7515 §7.1) that was taken apart, and of which nothing is proven.
public struct UnverifiedJWS: Sendable {
    /// The longest that is looked at, in bytes.
    public static let maximumLength = 64 * 1024

    /// The text as received.
    public let compact: String
    /// The header, as claimed.
    public let header: JWSHeader
    /// The payload, as claimed.
    public let payload: [UInt8]
    private let signature: [UInt8]
    private let signingInput: [UInt8]

    /// Takes a text apart.
    ///
    /// - Throws: ``JWSError/tooLong``, ``JWSError/malformed`` or ``JWSError/unsupported``.
    public init(_ compact: String) throws(JWSError) {
        guard compact.utf8.count <= Self.maximumLength else { throw .tooLong }
        let parts = compact.utf8.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed }
        do {
            let headerBytes = try Base64URL.decode(parts[0])
            payload = try Base64URL.decode(parts[1])
            signature = try Base64URL.decode(parts[2])
            header = try JSONDecoder().decode(JWSHeader.self, from: Data(headerBytes))
        } catch let error as JWSError {
            throw error
        } catch {
            throw .malformed
        }
        self.compact = compact
        signingInput = Array(compact.utf8.prefix(parts[0].count + 1 + parts[1].count))
    }

    /// Decodes the payload, which is still only claimed.
    ///
    /// - Throws: ``JWSError/malformed``.
    public func claims<Claims: Decodable>(_ type: Claims.Type) throws(JWSError) -> Claims {
        do { return try JSONDecoder().decode(type, from: Data(payload)) } catch { throw .malformed }
    }

    /// Checks type, algorithm and signature.
    ///
    /// The algorithm is the key's own; one that the header names beside it is refused (RFC 8725 §3.1).
    /// - Throws: ``JWSError/unexpectedType``, ``JWSError/unsupported`` or ``JWSError/signatureMismatch``.
    public func verify(type: String?, with key: PublicKey) throws(JWSError) {
        if let type { guard header.type == type else { throw .unexpectedType } }
        guard header.algorithm == .plain(key.algorithm) else { throw .unsupported }
        guard key.verifies(signature, of: signingInput) else { throw .signatureMismatch }
    }

    /// Checks type, algorithm and the assertion that a security key made in the signature's place (docs/protocol.md §3).
    ///
    /// - Parameter issuer: the verifier's issuer URL, to which the key's credential is bound.
    /// - Returns: what the key says beside its signature.
    /// - Throws: ``JWSError/unexpectedType``, ``JWSError/unsupported``, ``JWSError/malformed`` or
    ///   ``JWSError/signatureMismatch``.
    public func verifyAssertion(
        type: String?, by key: PublicKey, issuer: String
    ) throws(JWSError) -> AssertionFacts {
        if let type { guard header.type == type else { throw .unexpectedType } }
        guard header.algorithm == .fido2(key.algorithm) else { throw .unsupported }
        guard let relyingPartyID = RelyingPartyID.derived(fromIssuer: issuer),
            let assertion = try? CarriedAssertion(reading: signature)
        else { throw .malformed }
        do {
            return try assertion.verify(
                with: key, relyingPartyID: relyingPartyID, origin: issuer, message: signingInput)
        } catch {
            throw .signatureMismatch
        }
    }
}
