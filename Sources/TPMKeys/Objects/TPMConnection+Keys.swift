// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import Cryptography
internal import DeviceKeys

/// A key below a parent, outside the TPM.
struct WrappedKey: Hashable, Sendable {
    /// `TPMT_PUBLIC`.
    var publicArea: [UInt8]
    /// What is in `TPM2B_PRIVATE`: encrypted by the parent.
    var privateArea: [UInt8]
}

extension TPMConnection {
    /// Makes a key (TPM2_Create, Part 3 §12.1).
    ///
    /// - Parameters:
    ///   - session: authorizes the parent's use; where it encrypts, the new key's authorization value does not cross the bus
    ///     in clear.
    ///   - authorization: the new key's authorization value.
    func create(
        _ template: TPMT_PUBLIC, below parent: ESYS_TR, session: ESYS_TR, authorization: SecretBytes? = nil
    ) throws(TPMFailure) -> WrappedKey {
        var input = TPM2B_PUBLIC()
        input.publicArea = template
        var sensitive = TPM2B_SENSITIVE_CREATE()
        defer { withUnsafeMutableBytes(of: &sensitive) { wipe($0) } }
        if let authorization { fill(&sensitive.sensitive.userAuth, with: authorization) }
        var outside = TPM2B_DATA()
        var selection = TPML_PCR_SELECTION()
        var privateArea: UnsafeMutablePointer<TPM2B_PRIVATE>?
        let area: TPM2B_PUBLIC = try value("Create") { context, area in
            Esys_Create(
                context, parent, session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &input, &outside, &selection,
                &privateArea, area, nil, nil, nil)
        }
        defer { Esys_Free(privateArea) }
        guard let wrapped = privateArea?.pointee, area.publicArea.matches(template) else { throw .malformed("Create") }
        return WrappedKey(
            publicArea: try TPMStructures.bytes(of: area.publicArea),
            privateArea: tpmBytes(wrapped.buffer, wrapped.size))
    }

    /// Loads a key below its parent (TPM2_Load, Part 3 §12.2).
    ///
    /// - Throws: `TPMFailure`; `DeviceKeyError` with `keyDamaged` where the bytes are no key.
    func load(_ key: WrappedKey, below parent: ESYS_TR, session: ESYS_TR) throws -> ESYS_TR {
        var area = TPM2B_PUBLIC()
        var wrapped = TPM2B_PRIVATE()
        guard let publicArea = TPMStructures.publicArea(key.publicArea),
            let size = fillTPM(&wrapped.buffer, with: key.privateArea)
        else { throw DeviceKeyError.tpmRecordDamaged }
        area.publicArea = publicArea
        wrapped.size = size
        return try transient("Load") { context, handle in
            Esys_Load(context, parent, session, ESYS_TR_NONE, ESYS_TR_NONE, &wrapped, &area, handle)
        }
    }

    /// Starts a session whose secret only the TPM that has this key can know (TPM 2.0 Part 1 §19.6.8): it authorizes without
    /// the authorization value crossing the bus.
    ///
    /// - Parameter encrypts: whether the first parameter of each command is encrypted. What is signed is no secret.
    func saltedSession(_ root: ESYS_TR, encrypts: Bool) throws(TPMFailure) -> ESYS_TR {
        var symmetric = TPMT_SYM_DEF()
        symmetric.algorithm = TPM2_ALG_AES
        symmetric.keyBits.aes = 128
        symmetric.mode.aes = TPM2_ALG_CFB
        let session = try transient("StartAuthSession") { context, handle in
            Esys_StartAuthSession(
                context, root, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nil, TPM2_SE_HMAC, &symmetric,
                TPM2_ALG_SHA256, handle)
        }
        try set(TPMA_SESSION_CONTINUESESSION | (encrypts ? TPMA_SESSION_DECRYPT : 0), of: session)
        return session
    }

    /// Sets what a session does.
    func set(_ attributes: TPMA_SESSION, of session: ESYS_TR) throws(TPMFailure) {
        try command("TRSess_SetAttributes") { Esys_TRSess_SetAttributes($0, session, attributes, 0xFF) }
    }

    /// Lends an object its authorization value for the time of a call.
    func withAuthorization<Value>(
        _ authorization: SecretBytes?, of handle: ESYS_TR, _ body: () throws(TPMFailure) -> Value
    ) throws(TPMFailure) -> Value {
        guard let authorization else { return try body() }
        var value = TPM2B_AUTH()
        fill(&value, with: authorization)
        defer {
            withUnsafeMutableBytes(of: &value) { wipe($0) }
            // tpm2-tss copies the whole structure over its own copy.
            try? command("TR_SetAuth") { Esys_TR_SetAuth($0, handle, &value) }
        }
        try command("TR_SetAuth") { Esys_TR_SetAuth($0, handle, &value) }
        return try body()
    }

    /// Signs a SHA-256 digest (TPM2_Sign, Part 3 §20.2) with a key of ours.
    ///
    /// - Parameter session: what proves the authorization value; the empty one needs none.
    func sign(_ digest: [UInt8], with key: ESYS_TR, session: ESYS_TR) throws(TPMFailure) -> [UInt8] {
        var input = TPM2B_DIGEST()
        guard let size = fillTPM(&input.buffer, with: digest) else { throw .malformed("Sign") }
        input.size = size
        var scheme = TPMT_SIG_SCHEME.keysOwn
        var ticket = TPMT_TK_HASHCHECK()
        ticket.tag = TPM2_ST_HASHCHECK
        ticket.hierarchy = TPM2_RH_NULL
        let signature: TPMT_SIGNATURE = try value("Sign") { context, signature in
            Esys_Sign(context, key, session, ESYS_TR_NONE, ESYS_TR_NONE, &input, &scheme, &ticket, signature)
        }
        guard let bytes = signature.jose else { throw .malformed("Sign") }
        return bytes
    }

    /// Writes the value into a structure that the caller wipes.
    private func fill(_ value: inout TPM2B_AUTH, with secret: SecretBytes) {
        secret.withUnsafeBytes { value.size = fillTPM(&value.buffer, with: $0) ?? 0 }
    }
}
