// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the big-endian structures of TPM 2.0 Part 2.
struct TPMReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func bytes(_ count: Int) throws(TPMStructureError) -> [UInt8] {
        guard rest.count >= count else { throw .malformed }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func number(_ size: Int) throws(TPMStructureError) -> UInt64 {
        try bytes(size).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func uint16() throws(TPMStructureError) -> UInt16 { UInt16(try number(2)) }
    mutating func uint32() throws(TPMStructureError) -> UInt32 { UInt32(try number(4)) }

    /// A structure of two bytes of length and so many bytes (`TPM2B_…`).
    mutating func sized(atMost limit: Int) throws(TPMStructureError) -> [UInt8] {
        let count = Int(try uint16())
        guard count <= limit else { throw .malformed }
        return try bytes(count)
    }

    func end() throws(TPMStructureError) {
        guard rest.isEmpty else { throw .malformed }
    }
}

/// Why bytes are not a TPM's structure.
public enum TPMStructureError: Error, Hashable, Sendable {
    /// They are not what TPM 2.0 Part 2 says.
    case malformed
    /// They are of an algorithm, curve or scheme that is not spoken here.
    case unsupported
}

/// Numbers of TPM 2.0 Part 2 §6.3 (`TPM_ALG_ID`) and §6.4 (`TPM_ECC_CURVE`).
enum TPMAlgorithm {
    static let rsa: UInt16 = 0x0001
    static let aes: UInt16 = 0x0006
    static let null: UInt16 = 0x0010
    static let rsassa: UInt16 = 0x0014
    static let rsaes: UInt16 = 0x0015
    static let ecdsa: UInt16 = 0x0018
    static let ecdaa: UInt16 = 0x001A
    static let ecc: UInt16 = 0x0023
    static let cfb: UInt16 = 0x0043
    static let curveP256: UInt16 = 0x0003
    static let curveP384: UInt16 = 0x0004
}
