// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2

/// The endorsement keys that are used here, and where what belongs to them is kept (TCG EK Credential Profile §2.2.1.4).
enum EndorsementKind: Hashable, Sendable, CaseIterable {
    /// On P-256, template L-2; preferred, since a TPM makes it anew in no time.
    case p256
    /// RSA with 2,048 bits, template L-1.
    case rsa2048

    /// The NV index of the certificate.
    var certificateIndex: TPM2_HANDLE {
        switch self {
        case .p256: 0x01C0_000A
        case .rsa2048: 0x01C0_0002
        }
    }

    /// The NV index of the nonce that goes into the template, where there is one.
    var nonceIndex: TPM2_HANDLE { certificateIndex + 1 }

    /// The NV index of the maker's own template (`TPMT_PUBLIC`), where there is one.
    var templateIndex: TPM2_HANDLE { certificateIndex + 2 }

    /// The template of the profile.
    var template: TPMT_PUBLIC {
        switch self {
        case .p256: KeyTemplate.endorsementP256
        case .rsa2048: KeyTemplate.endorsementRSA
        }
    }

    /// The number in a certificate that is the key's own: the modulus, or the point.
    static func number(of area: TPMT_PUBLIC) -> [UInt8]? {
        switch area.type {
        case TPM2_ALG_RSA: tpmBytes(area.unique.rsa.buffer, area.unique.rsa.size)
        case TPM2_ALG_ECC:
            if let x = area.unique.ecc.x.coordinate, let y = area.unique.ecc.y.coordinate { x + y } else { nil }
        default: nil
        }
    }
}

/// An endorsement key, and how it is had again.
struct EndorsementKey: Hashable, Sendable {
    /// Where the key comes from.
    enum Origin: Hashable, Sendable {
        /// It is kept under a handle.
        case persistent(UInt32)
        /// It is made from this public area (`TPMT_PUBLIC`).
        case primary(template: [UInt8])
    }

    var origin: Origin
    /// `TPMT_PUBLIC`.
    var publicArea: [UInt8]
    /// Its certificate and the maker's certificates that were found beside it.
    var certificates: [[UInt8]]
}

extension TPMT_PUBLIC {
    /// A template with the maker's nonce in the place of what made the key unique, and zeros after it; `nil` where there is no
    /// such place, or the nonce is longer than it.
    func with(nonce: [UInt8]) -> TPMT_PUBLIC? {
        var area = self
        area.unique = TPMU_PUBLIC_ID()
        switch type {
        case TPM2_ALG_RSA:
            area.unique.rsa.size = 256
            guard nonce.count <= 256, fillTPM(&area.unique.rsa.buffer, with: nonce) != nil else { return nil }
        case TPM2_ALG_ECC:
            area.unique.ecc.x.size = 32
            area.unique.ecc.y.size = 32
            guard nonce.count <= 32, fillTPM(&area.unique.ecc.x.buffer, with: nonce) != nil else { return nil }
        default: return nil
        }
        return area
    }
}
