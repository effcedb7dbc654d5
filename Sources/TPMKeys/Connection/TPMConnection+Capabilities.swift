// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2

extension TPMConnection {
    /// The handles from one on, of its range (TPM2_GetCapability, Part 3 §30.2).
    func handles(from first: TPM2_HANDLE) throws(TPMFailure) -> [TPM2_HANDLE] {
        let capability = try capability(TPM2_CAP_HANDLES, first, count: HandleRange.most)
        let count = min(Int(capability.data.handles.count), Int(HandleRange.most))
        return withUnsafeBytes(of: capability.data.handles.handle) { bytes in
            Array(bytes.bindMemory(to: TPM2_HANDLE.self).prefix(count)).filter {
                $0 >> 24 == first >> 24 || isSession($0)
            }
        }
    }

    private func isSession(_ handle: TPM2_HANDLE) -> Bool { handle >> 24 == 2 || handle >> 24 == 3 }

    /// So many properties from one on, by their number.
    func properties(from first: TPM2_PT, count: UInt32) throws(TPMFailure) -> [TPM2_PT: UInt32] {
        let capability = try capability(TPM2_CAP_TPM_PROPERTIES, first, count: count)
        let properties = capability.data.tpmProperties
        let read = min(
            Int(properties.count),
            MemoryLayout.size(ofValue: properties.tpmProperty) / MemoryLayout<TPMS_TAGGED_PROPERTY>.stride)
        return withUnsafeBytes(of: properties.tpmProperty) { bytes in
            let list = bytes.bindMemory(to: TPMS_TAGGED_PROPERTY.self).prefix(read)
            return Dictionary(list.map { ($0.property, $0.value) }) { first, _ in first }
        }
    }

    private func capability(
        _ kind: TPM2_CAP, _ first: UInt32, count: UInt32
    ) throws(TPMFailure) -> TPMS_CAPABILITY_DATA {
        let found = try value("GetCapability") { context, data in
            var more = TPMI_YES_NO()
            return Esys_GetCapability(
                context, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, kind, first, count, &more, data)
        }
        guard found.capability == kind else { throw .malformed("GetCapability") }
        return found
    }

    /// The state of the TPM's protection against guessing.
    func dictionaryAttackState() throws(TPMFailure) -> TPMStatus.DictionaryAttackState {
        let permanent = try properties(from: Property.permanent, count: 1)
        let counters = try properties(from: Property.lockoutCounter, count: 3)
        guard let flags = permanent[Property.permanent], let failed = counters[Property.lockoutCounter],
            let most = counters[Property.maximumAuthorizationFailures],
            let interval = counters[Property.lockoutInterval]
        else { throw .malformed("GetCapability") }
        return TPMStatus.DictionaryAttackState(
            isLocked: flags & TPMA_PERMANENT_INLOCKOUT != 0, failedTries: Int(failed), maximumTries: Int(most),
            secondsPerTry: Int(interval))
    }
}
