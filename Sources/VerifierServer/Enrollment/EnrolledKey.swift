// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// A public key as the store keeps it: text, so that reading a record does not make keys that nobody asks for.
package struct EnrolledKey: Hashable, Sendable {
    /// The name that the agent gave it.
    package let keyID: String
    /// Its `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), in base64url.
    package let publicKeyInfo: String
    /// The thumbprint of RFC 7638.
    package let thumbprint: String
    /// The hardware that it lives in, where its enrolment said so; `nil` for a key in a file.
    package var hardware: EnrolledHardware?
    /// How it was added to its enrolment later; `nil` for a key that came with the enrolment.
    package var addition: Addition?

    /// A key's addition to an enrolment that was there.
    package struct Addition: Hashable, Sendable, Codable {
        /// The name that the agent gave its request.
        package let requestID: String
        /// When it was added, in seconds since 1970.
        package let time: Int64
    }

    /// The key of a JWK, or `nil` where it has no name.
    init?(_ jwk: JWK) {
        guard let keyID = jwk.keyID, let info = try? jwk.publicKey.subjectPublicKeyInfo() else { return nil }
        self.keyID = keyID
        publicKeyInfo = Base64URL.encode(info)
        thumbprint = jwk.thumbprint
    }

    /// Whether another is this key, whatever was learnt of either since.
    func isSameKey(as other: EnrolledKey) -> Bool { keyID == other.keyID && publicKeyInfo == other.publicKeyInfo }

    /// The key, ready to verify with.
    func publicKey() throws(CryptographyError) -> PublicKey {
        try PublicKey(subjectPublicKeyInfo: try Base64URL.decode(publicKeyInfo))
    }
}

extension EnrolledKey: Codable {
    private enum CodingKeys: String, CodingKey {
        case keyID, publicKeyInfo, thumbprint, hardware, addition
        /// The coordinates on P-256 under which the first version kept the only kind of key that it knew.
        case x, y
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        keyID = try values.decode(String.self, forKey: .keyID)
        thumbprint = try values.decode(String.self, forKey: .thumbprint)
        hardware = try values.decodeIfPresent(EnrolledHardware.self, forKey: .hardware)
        addition = try values.decodeIfPresent(Addition.self, forKey: .addition)
        if let info = try values.decodeIfPresent(String.self, forKey: .publicKeyInfo) {
            publicKeyInfo = info
        } else {
            let x = try Base64URL.decode(try values.decode(String.self, forKey: .x))
            let y = try Base64URL.decode(try values.decode(String.self, forKey: .y))
            publicKeyInfo = Base64URL.encode(try PublicKey(.p256(x: x, y: y)).subjectPublicKeyInfo())
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(keyID, forKey: .keyID)
        try values.encode(publicKeyInfo, forKey: .publicKeyInfo)
        try values.encode(thumbprint, forKey: .thumbprint)
        try values.encodeIfPresent(hardware, forKey: .hardware)
        try values.encodeIfPresent(addition, forKey: .addition)
    }
}
