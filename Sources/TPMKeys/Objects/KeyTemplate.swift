// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2

/// The public areas that keys are made from.
enum KeyTemplate {
    /// A signing key of ours: it never leaves this TPM, was made in it, needs its authorization value alone, and hangs on no
    /// PCR, so that updates of firmware and kernel do not touch it.
    ///
    /// - Parameter isGuarded: whether wrong authorization values count towards the TPM's lockout.
    static func signing(isGuarded: Bool) -> TPMT_PUBLIC {
        var attributes = ours | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT
        if !isGuarded { attributes |= TPMA_OBJECT_NODA }
        return ecdsa(attributes)
    }

    /// An attestation key: it signs only what the TPM itself wrote. It has no secret, so a lockout need not stop it.
    static let attestation = ecdsa(
        ours | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT)

    /// The storage root key on P-256 (TCG TPM v2.0 Provisioning Guidance §7.5.1).
    static let storageRoot = eccParent(
        ours | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT, policy: [])

    /// The endorsement key on P-256 (TCG EK Credential Profile, template L-2).
    static let endorsementP256 = eccParent(endorsement, policy: endorsementPolicy)

    /// The endorsement key of RSA with 2,048 bits (TCG EK Credential Profile, template L-1).
    static let endorsementRSA: TPMT_PUBLIC = {
        var area = TPMT_PUBLIC()
        area.type = TPM2_ALG_RSA
        area.nameAlg = TPM2_ALG_SHA256
        area.objectAttributes = endorsement
        area.authPolicy.size = fillTPM(&area.authPolicy.buffer, with: endorsementPolicy) ?? 0
        area.parameters.rsaDetail.symmetric = aes128
        area.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL
        area.parameters.rsaDetail.keyBits = 2048
        area.unique.rsa.size = 256
        return area
    }()

    private static let ours = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN
    private static let endorsement = ours | TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT

    /// TPM2_PolicySecret with the endorsement hierarchy (TCG EK Credential Profile, PolicyA for SHA-256).
    private static let endorsementPolicy: [UInt8] = [
        0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xB3, 0xF8, 0x1A, 0x90, 0xCC, 0x8D, 0x46, 0xA5, 0xD7, 0x24,
        0xFD, 0x52, 0xD7, 0x6E, 0x06, 0x52, 0x0B, 0x64, 0xF2, 0xA1, 0xDA, 0x1B, 0x33, 0x14, 0x69, 0xAA,
    ]

    private static let aes128: TPMT_SYM_DEF_OBJECT = {
        var symmetric = TPMT_SYM_DEF_OBJECT()
        symmetric.algorithm = TPM2_ALG_AES
        symmetric.keyBits.aes = 128
        symmetric.mode.aes = TPM2_ALG_CFB
        return symmetric
    }()

    private static func ecc(_ attributes: TPMA_OBJECT) -> TPMT_PUBLIC {
        var area = TPMT_PUBLIC()
        area.type = TPM2_ALG_ECC
        area.nameAlg = TPM2_ALG_SHA256
        area.objectAttributes = attributes
        area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256
        area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL
        return area
    }

    private static func ecdsa(_ attributes: TPMA_OBJECT) -> TPMT_PUBLIC {
        var area = ecc(attributes)
        area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL
        area.parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA
        area.parameters.eccDetail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256
        return area
    }

    private static func eccParent(_ attributes: TPMA_OBJECT, policy: [UInt8]) -> TPMT_PUBLIC {
        var area = ecc(attributes)
        area.authPolicy.size = fillTPM(&area.authPolicy.buffer, with: policy) ?? 0
        area.parameters.eccDetail.symmetric = aes128
        area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL
        area.unique.ecc.x.size = 32
        area.unique.ecc.y.size = 32
        return area
    }
}

extension TPMT_PUBLIC {
    /// Whether a key was made from a template: all is the same but the key itself.
    func matches(_ template: TPMT_PUBLIC) -> Bool {
        var blank = self
        blank.unique = template.unique
        guard type == template.type, let left = try? TPMStructures.bytes(of: blank),
            let right = try? TPMStructures.bytes(of: template)
        else { return false }
        return left == right
    }
}
