// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2

extension TPMConnection {
    /// The range of the maker's certificates (TCG EK Credential Profile §2.2.1.4).
    private static let firstOfMaker: TPM2_HANDLE = 0x01C0_0000
    /// Chains, from here on.
    private static let chains: ClosedRange<TPM2_HANDLE> = 0x01C0_0100...0x01C0_01FF
    private static let longestChain = 32768

    /// The NV indices in the range of the makers.
    func makerIndices() throws(TPMFailure) -> Set<TPM2_HANDLE> { Set(try handles(from: Self.firstOfMaker)) }

    /// Whether there is a certificate for an endorsement key that is used here.
    func hasEndorsementCertificate() throws(TPMFailure) -> Bool {
        let indices = try makerIndices()
        return EndorsementKind.allCases.contains { indices.contains($0.certificateIndex) }
    }

    /// The maker's certificates above the endorsement key's.
    func endorsementChain(_ indices: Set<TPM2_HANDLE>) throws(TPMFailure) -> [[UInt8]] {
        var bytes: [UInt8] = []
        for index in indices.sorted() where Self.chains.contains(index) {
            guard bytes.count < Self.longestChain else { break }
            bytes += try readNV(index, limit: Self.longestChain - bytes.count) ?? []
        }
        return StoredCertificates.split(bytes)
    }

    /// Reads an NV index that anybody may read; `nil` where this one cannot be, or is longer than the limit.
    func readNV(_ index: TPM2_HANDLE, limit: Int) throws(TPMFailure) -> [UInt8]? {
        do throws(TPMFailure) {
            let object = try reference(to: index)
            let area: TPM2B_NV_PUBLIC = try value("NV_ReadPublic") {
                Esys_NV_ReadPublic($0, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, $1, nil)
            }
            let attributes = area.nvPublic.attributes
            let size = Int(area.nvPublic.dataSize)
            guard size <= limit, attributes & TPMA_NV_WRITTEN != 0 else { return nil }
            // A wrong guess at an index's own password may count towards the lockout: asked only where it cannot.
            if attributes & TPMA_NV_AUTHREAD != 0, attributes & TPMA_NV_NO_DA != 0 {
                return try readNV(object, size: size, authorizedBy: object)
            }
            guard attributes & TPMA_NV_OWNERREAD != 0 else { return nil }
            return try readNV(object, size: size, authorizedBy: ESYS_TR_RH_OWNER)
        } catch let failure where failure.isRefusal {
            return nil
        }
    }

    private func readNV(_ object: ESYS_TR, size: Int, authorizedBy authority: ESYS_TR) throws(TPMFailure) -> [UInt8] {
        // The least that a TPM of the PC Client profile gives at once.
        let step = 512
        var bytes: [UInt8] = []
        while bytes.count < size {
            let count = UInt16(min(step, size - bytes.count))
            let offset = UInt16(bytes.count)
            let data: TPM2B_MAX_NV_BUFFER = try value("NV_Read") {
                Esys_NV_Read(
                    $0, authority, object, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, count, offset, $1)
            }
            guard data.size == count else { throw .malformed("NV_Read") }
            bytes += tpmBytes(data.buffer, data.size)
        }
        return bytes
    }
}
