// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// A signature of a TPM's (`TPMT_SIGNATURE`, TPM 2.0 Part 2 §11.3.4): RSASSA or ECDSA. Every field is bounded, and nothing may
/// follow the last.
public struct TPMSignature: Hashable, Sendable {
    private enum Form: Hashable {
        case rsassa([UInt8])
        case ecdsa(r: [UInt8], s: [UInt8])
    }

    private let form: Form
    private let digest: MessageDigest

    /// Reads a signature.
    public init(_ bytes: [UInt8]) throws(TPMStructureError) {
        var reader = TPMReader(bytes)
        let algorithm = try reader.uint16()
        digest = try TPMPublicArea.digest(try reader.uint16())
        switch algorithm {
        case TPMAlgorithm.rsassa: form = .rsassa(try reader.sized(atMost: 512))
        case TPMAlgorithm.ecdsa: form = .ecdsa(r: try reader.sized(atMost: 66), s: try reader.sized(atMost: 66))
        default: throw .unsupported
        }
        try reader.end()
    }

    /// Whether it is this key's over the message.
    public func verifies(_ message: [UInt8], with key: PublicKey) -> Bool {
        switch (form, key.material) {
        case (.rsassa(let signature), .rsa):
            return key.verifies(nativeSignature: signature, of: message, digest: digest)
        case (.ecdsa(let r, let s), .p256): return verifies(r, s, size: 32, message, with: key)
        case (.ecdsa(let r, let s), .p384): return verifies(r, s, size: 48, message, with: key)
        default: return false
        }
    }

    private func verifies(_ r: [UInt8], _ s: [UInt8], size: Int, _ message: [UInt8], with key: PublicKey) -> Bool {
        guard let raw = try? TPMPublicArea.padded(r, to: size) + TPMPublicArea.padded(s, to: size),
            let der = try? ECDSASignature.der(fromRaw: raw, coordinateSize: size)
        else { return false }
        return key.verifies(nativeSignature: der, of: message, digest: digest)
    }
}
