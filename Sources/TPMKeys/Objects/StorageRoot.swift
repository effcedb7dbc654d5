// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import DeviceKeys

/// The storage root key, below which keys of ours hang.
struct StorageRoot {
    /// The key's name; a TPM that was cleared has another one.
    let name: [UInt8]
    let handle: ESYS_TR

    /// Where a storage root key is kept, if one is (TCG TPM v2.0 Provisioning Guidance §7.8).
    static let persistentHandle: TPM2_HANDLE = 0x8100_0001
}

extension TPMConnection {
    /// The storage root key: the persistent one where it is there and of the template, else one made anew, which is the same
    /// each time until the TPM is cleared.
    ///
    /// - Parameter name: the one to find, by the name that it had when a key was made below it; any, where there is none yet.
    /// - Throws: `TPMFailure`, or `DeviceKeyError` with `keyNotFound` where no storage root key has that name any more.
    func storageRoot(named name: [UInt8]? = nil, saved: SavedContexts) throws -> StorageRoot {
        if let name, let handle = try load(name, from: saved) { return StorageRoot(name: name, handle: handle) }
        if let root = try persistentStorageRoot(), name == nil || root.name == name { return root }
        let root = try primaryStorageRoot()
        if let name, root.name != name { throw DeviceKeyError.tpmCleared }
        save(root.handle, named: root.name, in: saved)
        return root
    }

    private func persistentStorageRoot() throws(TPMFailure) -> StorageRoot? {
        let handle: ESYS_TR
        do throws(TPMFailure) {
            handle = try reference(to: StorageRoot.persistentHandle)
        } catch let failure where failure.tpmCode == ResponseCode.handle {
            return nil
        }
        let area = try publicArea(of: handle)
        guard area.matches(KeyTemplate.storageRoot) else { return nil }
        // tpm2-tss has read the area before; sessions are salted to what it read.
        let name = try name(of: handle)
        guard name == (try area.sha256Name()) else { throw .malformed("ReadPublic") }
        return StorageRoot(name: name, handle: handle)
    }

    private func primaryStorageRoot() throws -> StorageRoot {
        do throws(TPMFailure) {
            let (handle, area) = try primary(KeyTemplate.storageRoot, in: ESYS_TR_RH_OWNER)
            return StorageRoot(name: try area.sha256Name(), handle: handle)
        } catch let failure where failure.isWrongAuthorization {
            throw DeviceKeyError(
                .unavailable,
                "the TPM's owner has set a password and left no storage root key at 0x81000001: an administrator makes it, "
                    + "with the command that docs/tpm.md has")
        }
    }
}

extension TPMConnection {
    /// Makes a primary key (TPM2_CreatePrimary, Part 3 §24.1) in a hierarchy without a password.
    func primary(
        _ template: TPMT_PUBLIC, in hierarchy: ESYS_TR
    ) throws(TPMFailure) -> (handle: ESYS_TR, area: TPMT_PUBLIC) {
        var input = TPM2B_PUBLIC()
        input.publicArea = template
        var sensitive = TPM2B_SENSITIVE_CREATE()
        var outside = TPM2B_DATA()
        var selection = TPML_PCR_SELECTION()
        var output: UnsafeMutablePointer<TPM2B_PUBLIC>?
        let handle = try transient("CreatePrimary") { context, handle in
            Esys_CreatePrimary(
                context, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &input, &outside,
                &selection,
                handle, &output, nil, nil, nil)
        }
        guard let output else { throw .malformed("CreatePrimary") }
        defer { Esys_Free(output) }
        guard output.pointee.publicArea.matches(template) else { throw .malformed("CreatePrimary") }
        return (handle, output.pointee.publicArea)
    }

    /// The public area of an object that is loaded.
    func publicArea(of handle: ESYS_TR) throws(TPMFailure) -> TPMT_PUBLIC {
        let area: TPM2B_PUBLIC = try value("ReadPublic") {
            Esys_ReadPublic($0, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, $1, nil, nil)
        }
        return area.publicArea
    }
}

extension DeviceKeyError {
    /// The key's TPM has forgotten it.
    static let tpmCleared = DeviceKeyError(.keyNotFound, "the TPM was cleared: enrol this device again")
    /// What is kept of the key is not what was written.
    static let tpmRecordDamaged = DeviceKeyError(
        .keyDamaged, "the TPM key's record is damaged: enrol this device again")
}
