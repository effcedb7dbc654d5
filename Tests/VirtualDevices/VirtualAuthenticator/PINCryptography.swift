// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CVirtualCrypto
internal import Cryptography

/// What PIN/UV auth protocols are made of (CTAP 2.1 §6.5.6, §6.5.7).
enum PINCryptography {
    static func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var mac = [UInt8](repeating: 0, count: 32)
        precondition(vc_hmac_sha256(key, key.count, message, message.count, &mac) == 1)
        return mac
    }

    /// The mac of a protocol by a shared secret's part or by a token.
    static func authenticate(_ key: [UInt8], _ message: [UInt8], version: Int) -> [UInt8] {
        version == 1 ? Array(hmac(key, message)[..<16]) : hmac(key, message)
    }

    fileprivate static func aes(
        encrypting: Bool, _ key: [UInt8], _ iv: [UInt8], _ input: [UInt8]
    ) throws(CTAPStatus) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: input.count)
        guard vc_aes256_cbc(encrypting ? 1 : 0, key, iv, input, input.count, &output) == 1 else {
            throw .invalidParameter
        }
        return output
    }
}

/// What two sides of a PIN/UV auth protocol share.
struct SharedSecret {
    let version: Int
    private let macKey: [UInt8]
    private let cipherKey: [UInt8]

    init(version: Int, agreed z: [UInt8]) {
        self.version = version
        if version == 1 {
            macKey = SHA256.hash(z)
            cipherKey = macKey
        } else {
            let extracted = PINCryptography.hmac([UInt8](repeating: 0, count: 32), z)
            macKey = PINCryptography.hmac(extracted, Array("CTAP2 HMAC key".utf8) + [1])
            cipherKey = PINCryptography.hmac(extracted, Array("CTAP2 AES key".utf8) + [1])
        }
    }

    func decrypt(_ bytes: [UInt8]) throws(CTAPStatus) -> [UInt8] {
        guard version == 2 else {
            return try PINCryptography.aes(encrypting: false, cipherKey, [UInt8](repeating: 0, count: 16), bytes)
        }
        guard bytes.count > 16 else { throw .invalidParameter }
        return try PINCryptography.aes(encrypting: false, cipherKey, Array(bytes[..<16]), Array(bytes[16...]))
    }

    func encrypt(_ bytes: [UInt8]) throws(CTAPStatus) -> [UInt8] {
        guard version == 2 else {
            return try PINCryptography.aes(encrypting: true, cipherKey, [UInt8](repeating: 0, count: 16), bytes)
        }
        guard let iv = try? SecureRandom.bytes(16) else { throw .other }
        return iv + (try PINCryptography.aes(encrypting: true, cipherKey, iv, bytes))
    }

    func isAuthentic(_ mac: [UInt8], of message: [UInt8]) -> Bool {
        ConstantTime.equal(mac, PINCryptography.authenticate(macKey, message, version: version))
    }
}

/// The key's half of an agreement; new at every power-up and after every wrong PIN.
///
/// `@unchecked Sendable` holds because OpenSSL lets any number of threads derive with one key, and it is freed with the last
/// reference.
final class KeyAgreement: @unchecked Sendable {
    let publicKey: CBORValue
    private let pointer: OpaquePointer

    init() {
        var x = [UInt8](repeating: 0, count: 32)
        var y = x
        guard let pointer = vc_agreement_new(&x, &y) else { preconditionFailure("no key for an agreement") }
        self.pointer = pointer
        publicKey = .map([1: 2, 3: -25, -1: 1, -2: .bytes(x), -3: .bytes(y)])
    }

    deinit { vc_agreement_free(pointer) }

    func shared(with key: CBORValue, version: Int) throws(CTAPStatus) -> SharedSecret {
        guard let x = key[-2]?.bytes, let y = key[-3]?.bytes, x.count == 32, y.count == 32 else {
            throw .invalidParameter
        }
        var z = [UInt8](repeating: 0, count: 32)
        guard vc_agreement_shared(pointer, x, y, &z) == 1 else { throw .invalidParameter }
        return SharedSecret(version: version, agreed: z)
    }
}

/// A maker's attestation key and certificates.
///
/// `@unchecked Sendable` holds because OpenSSL lets any number of threads sign with one key and read one certificate, and they
/// are freed with the last reference.
package final class AttestationIdentity: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(aaguid: [UInt8]) {
        guard let pointer = vc_attestation_new(aaguid) else { preconditionFailure("no attestation key") }
        self.pointer = pointer
    }

    deinit { vc_attestation_free(pointer) }

    /// The maker's root certificate in DER.
    package var root: [UInt8] { certificate(isRoot: true) }
    /// The batch's certificate in DER.
    package var batch: [UInt8] { certificate(isRoot: false) }

    private func certificate(isRoot: Bool) -> [UInt8] {
        var der = [UInt8](repeating: 0, count: 2048)
        let length = vc_attestation_certificate(pointer, isRoot ? 1 : 0, &der, der.count)
        return Array(der[..<length])
    }

    func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 128)
        let length = vc_attestation_sign(pointer, message, message.count, &signature, signature.count)
        return Array(signature[..<length])
    }
}
