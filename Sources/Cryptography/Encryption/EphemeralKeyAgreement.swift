// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// Diffie-Hellman on an elliptic curve with a key that is used once (SP 800-56A §6.2.2.2).
public struct EphemeralKeyAgreement: Sendable {
    /// The public half of the key that was used; the other half is gone.
    public let publicKey: PublicKey
    /// The x-coordinate of the shared point, as long as the curve's coordinates are.
    public let sharedSecret: SecretBytes

    /// Makes a key on the curve of the other party's and agrees with it.
    ///
    /// - Throws: ``CryptographyError/invalidKey`` where the other's key is on no curve for ECDH.
    public init(with peer: PublicKey) throws(CryptographyError) {
        let algorithm: SignatureAlgorithm
        switch peer.material {
        case .p256: algorithm = .es256
        case .p384: algorithm = .es384
        case .rsa, .ed25519: throw .invalidKey
        }
        let own = try PrivateKey.generate(algorithm)
        publicKey = own.publicKey
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, own.handle.pointer, nil) else {
            throw .libraryFailure(function: "EVP_PKEY_CTX_new_from_pkey")
        }
        defer {
            EVP_PKEY_CTX_free(context)
            ERR_clear_error()
        }
        var length = algorithm.coordinateSize ?? 0
        var secret = [UInt8](repeating: 0, count: length)
        // On every way out: what was derived before an error is a secret, too.
        defer { _ = SecretBytes(wiping: &secret) }
        guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer.handle.pointer) == 1,
            EVP_PKEY_derive(context, &secret, &length) == 1, length == secret.count
        else { throw .libraryFailure(function: "EVP_PKEY_derive") }
        sharedSecret = SecretBytes(copying: secret)
    }
}
