// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance
package import WireProtocol

/// The keys that may sign release feeds, as the administrator pinned them.
package struct ReleaseFeedKeys: ReleaseFeedSignatureVerifier {
    /// The keys; a feed's header names one of them where they have names.
    package var keys: [JWK]

    /// Pinned keys.
    package init(keys: [JWK]) { self.keys = keys }

    /// The payload of a feed that one of the keys signed.
    ///
    /// - Throws: ``JWSError`` where it is no JWS of this type, or none of the keys signed it.
    package func payload(of compactJWS: String) throws -> [UInt8] {
        let jws = try UnverifiedJWS(compactJWS)
        for key in keys where key.keyID == nil || jws.header.keyID == nil || key.keyID == jws.header.keyID {
            do {
                try jws.verify(type: SignedReleaseFeed.type, with: key.publicKey)
                return jws.payload
            } catch JWSError.signatureMismatch, JWSError.unsupported {
                continue
            }
        }
        throw JWSError.signatureMismatch
    }
}
