// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import DeviceKeys

extension TPMConnection {
    /// Where endorsement keys are kept (TCG TPM v2.0 Provisioning Guidance §7.8).
    private static let persistentKeys: ClosedRange<TPM2_HANDLE> = 0x8101_0000...0x8101_00FF

    /// The endorsement key: one that the TPM has a certificate for, else the one on P-256.
    func endorsementKey(saved: SavedContexts) throws -> EndorsementKey {
        let indices = try makerIndices()
        for kind in EndorsementKind.allCases where indices.contains(kind.certificateIndex) {
            guard let stored = try readNV(kind.certificateIndex, limit: StoredCertificates.longest),
                let certificate = StoredCertificates.split(stored).first
            else { continue }
            for template in try makersTemplates(kind, indices) {
                guard let key = try certifiedKey(template, certificate, saved) else { continue }
                return EndorsementKey(
                    origin: key.origin, publicArea: key.publicArea,
                    certificates: [certificate] + (try endorsementChain(indices)))
            }
        }
        guard let key = try findEndorsementKey(EndorsementKind.p256.template, saved, holds: { _ in true }) else {
            throw TPMFailure.malformed("CreatePrimary")
        }
        return key
    }

    /// What the maker may have made the certified key from, the likeliest first.
    ///
    /// The profile says what a template and a nonce together are, and leaves open what a nonce alone is (§2.2.1.4): so a template,
    /// the maker's or the profile's, is tried with the nonce and then without it. The certificate tells which it was.
    private func makersTemplates(
        _ kind: EndorsementKind, _ indices: Set<TPM2_HANDLE>
    ) throws(TPMFailure) -> [TPMT_PUBLIC] {
        var template = kind.template
        if indices.contains(kind.templateIndex),
            let bytes = try readNV(kind.templateIndex, limit: TPMStructures.longestPublicArea),
            let own = TPMStructures.publicArea(bytes)
        {
            template = own
        }
        guard indices.contains(kind.nonceIndex), let nonce = try readNV(kind.nonceIndex, limit: 256),
            let mixed = template.with(nonce: nonce)
        else { return [template] }
        return [mixed, template]
    }

    /// The key of a template, where it is the one that the certificate is for.
    private func certifiedKey(
        _ template: TPMT_PUBLIC, _ certificate: [UInt8], _ saved: SavedContexts
    ) throws -> EndorsementKey? {
        do {
            return try findEndorsementKey(template, saved, holds: { certificate.holds($0) })
        } catch let failure as TPMFailure where failure.isRefusal {
            // The template is none that this TPM makes a key from.
            return nil
        }
    }

    /// A persistent key of the template, else one that is made from it, if its number is the one that is looked for.
    private func findEndorsementKey(
        _ template: TPMT_PUBLIC, _ saved: SavedContexts, holds: ([UInt8]) -> Bool
    ) throws -> EndorsementKey? {
        for handle in try handles(from: Self.persistentKeys.lowerBound) where Self.persistentKeys.contains(handle) {
            let area = try publicArea(of: reference(to: handle))
            guard area.matches(template), let number = EndorsementKind.number(of: area), holds(number) else { continue }
            return EndorsementKey(
                origin: .persistent(handle), publicArea: try TPMStructures.bytes(of: area), certificates: [])
        }
        let (handle, area) = try endorsementPrimary(template)
        defer { flush(handle) }
        guard let number = EndorsementKind.number(of: area), holds(number) else { return nil }
        save(handle, named: try area.sha256Name(), in: saved)
        return EndorsementKey(
            origin: .primary(template: try TPMStructures.bytes(of: template)),
            publicArea: try TPMStructures.bytes(of: area), certificates: [])
    }

    private func endorsementPrimary(_ template: TPMT_PUBLIC) throws -> (handle: ESYS_TR, area: TPMT_PUBLIC) {
        do throws(TPMFailure) {
            return try primary(template, in: ESYS_TR_RH_ENDORSEMENT)
        } catch let failure where failure.isWrongAuthorization {
            throw DeviceKeyError.endorsementHasPassword
        }
    }

    /// Opens an endorsement key that was found before.
    func open(_ key: EndorsementKey, saved: SavedContexts) throws -> ESYS_TR {
        guard let area = TPMStructures.publicArea(key.publicArea) else { throw TPMFailure.malformed("ReadPublic") }
        let name = try area.sha256Name()
        switch key.origin {
        case .persistent(let handle):
            let reference = try reference(to: handle)
            guard try self.name(of: reference) == name else { throw DeviceKeyError.tpmCleared }
            return reference
        case .primary(let template):
            if let handle = try load(name, from: saved) { return handle }
            guard let template = TPMStructures.publicArea(template) else { throw TPMFailure.malformed("CreatePrimary") }
            let (handle, found) = try endorsementPrimary(template)
            guard try found.sha256Name() == name else { throw DeviceKeyError.tpmCleared }
            return handle
        }
    }

    /// A session that may use the endorsement key (TPM2_PolicySecret, Part 3 §23.4).
    private func endorsementSession() throws -> ESYS_TR {
        let session = try policySession()
        do {
            try allow(session)
            return session
        } catch let failure as TPMFailure where failure.isWrongAuthorization {
            throw DeviceKeyError.endorsementHasPassword
        }
    }

    private func allow(_ session: ESYS_TR) throws {
        try command("PolicySecret") {
            Esys_PolicySecret(
                $0, ESYS_TR_RH_ENDORSEMENT, session, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, nil, nil, nil, 0,
                nil,
                nil)
        }
    }

    private func policySession() throws(TPMFailure) -> ESYS_TR {
        let session = try withUnsafePointer(to: Self.noEncryption) { symmetric throws(TPMFailure) in
            try transient("StartAuthSession") { context, handle in
                Esys_StartAuthSession(
                    context, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nil, TPM2_SE_POLICY,
                    symmetric, TPM2_ALG_SHA256, handle)
            }
        }
        try set(TPMA_SESSION_CONTINUESESSION, of: session)
        return session
    }

    private static let noEncryption: TPMT_SYM_DEF = {
        var symmetric = TPMT_SYM_DEF()
        symmetric.algorithm = TPM2_ALG_NULL
        return symmetric
    }()

    /// Runs one command with a session that may use the endorsement key.
    func withEndorsementSession<Value>(_ body: (ESYS_TR) throws -> Value) throws -> Value {
        let session = try endorsementSession()
        defer { flush(session) }
        return try body(session)
    }
}

extension DeviceKeyError {
    /// Somebody owns the endorsement hierarchy.
    static let endorsementHasPassword = DeviceKeyError(
        .unsupported,
        "the TPM cannot attest: its endorsement hierarchy has a password, which an administrator takes off with "
            + "`tpm2_changeauth -c endorsement -p PASSWORD`")
}
