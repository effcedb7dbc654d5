// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// The public area of a key in a TPM (`TPMT_PUBLIC`, TPM 2.0 Part 2 §12.2.4), RSA or ECC.
public struct TPMPublicArea: Hashable, Sendable {
    /// The attributes of an object (`TPMA_OBJECT`, TPM 2.0 Part 2 §8.3).
    public struct Attributes: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt32

        /// Attributes.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// It cannot leave its TPM.
        public static let fixedTPM = Attributes(rawValue: 1 << 1)
        /// It cannot change its parent.
        public static let fixedParent = Attributes(rawValue: 1 << 4)
        /// The TPM generated its secret part.
        public static let sensitiveDataOrigin = Attributes(rawValue: 1 << 5)
        /// Wrong guesses at its authorisation are not counted.
        public static let noDA = Attributes(rawValue: 1 << 10)
        /// It handles only what the TPM itself made.
        public static let restricted = Attributes(rawValue: 1 << 16)
        /// It decrypts.
        public static let decrypt = Attributes(rawValue: 1 << 17)
        /// It signs.
        public static let sign = Attributes(rawValue: 1 << 18)
    }

    /// The longest area that is read, in bytes.
    public static let maximumLength = 2048

    /// The area as it was read.
    public let bytes: [UInt8]
    /// The digest that its name is made with.
    public let nameAlgorithm: MessageDigest
    /// The attributes.
    public let attributes: Attributes
    /// The public key.
    public let publicKey: PublicKey
    /// How many bits the AES keys have that protect what is under it, in CFB mode; `nil` where it protects nothing.
    public let symmetricKeyBits: Int?

    /// Reads an area.
    public init(_ bytes: [UInt8]) throws(TPMStructureError) {
        guard bytes.count <= Self.maximumLength else { throw .malformed }
        self.bytes = bytes
        var reader = TPMReader(bytes)
        let type = try reader.uint16()
        nameAlgorithm = try TPMPublicArea.digest(try reader.uint16())
        attributes = Attributes(rawValue: try reader.uint32())
        _ = try reader.sized(atMost: 64)  // authPolicy
        symmetricKeyBits = try Self.symmetric(&reader)
        switch type {
        case TPMAlgorithm.rsa: publicKey = try Self.rsa(&reader)
        case TPMAlgorithm.ecc: publicKey = try Self.ecc(&reader)
        default: throw .unsupported
        }
        try reader.end()
    }

    /// The object's name: the digest of the area, after the digest's number (TPM 2.0 Part 1 §16).
    public func name() throws(CryptographyError) -> [UInt8] {
        Self.bigEndian(Self.number(of: nameAlgorithm)) + (try nameAlgorithm.hash(bytes))
    }

    /// `TPMT_SYM_DEF_OBJECT` (§11.1.7).
    private static func symmetric(_ reader: inout TPMReader) throws(TPMStructureError) -> Int? {
        let algorithm = try reader.uint16()
        guard algorithm != TPMAlgorithm.null else { return nil }
        let bits = Int(try reader.uint16())
        let mode = try reader.uint16()
        guard algorithm == TPMAlgorithm.aes, mode == TPMAlgorithm.cfb, bits == 128 || bits == 256 else {
            throw .unsupported
        }
        return bits
    }

    /// `TPMT_RSA_SCHEME`, `TPMT_ECC_SCHEME`, `TPMT_KDF_SCHEME` (§11.2.4.2, §11.2.5.6, §11.2.3.3): only read past.
    private static func skipScheme(_ reader: inout TPMReader) throws(TPMStructureError) {
        let scheme = try reader.uint16()
        guard scheme != TPMAlgorithm.null, scheme != TPMAlgorithm.rsaes else { return }
        _ = try reader.uint16()
        if scheme == TPMAlgorithm.ecdaa { _ = try reader.uint16() }
    }

    private static func rsa(_ reader: inout TPMReader) throws(TPMStructureError) -> PublicKey {
        try skipScheme(&reader)
        let bits = Int(try reader.uint16())
        let exponent = try reader.uint32()
        let modulus = try reader.sized(atMost: 512)
        guard modulus.count * 8 == bits else { throw .malformed }
        // Zero stands for the usual exponent (§12.2.3.5).
        let bytes: [UInt8] = exponent == 0 ? [1, 0, 1] : Array(bigEndian(exponent).drop { $0 == 0 })
        return try key(.rsa(modulus: modulus, exponent: bytes))
    }

    private static func ecc(_ reader: inout TPMReader) throws(TPMStructureError) -> PublicKey {
        try skipScheme(&reader)
        let curve = try reader.uint16()
        try skipScheme(&reader)
        let (x, y) = (try reader.sized(atMost: 66), try reader.sized(atMost: 66))
        switch curve {
        case TPMAlgorithm.curveP256: return try key(.p256(x: try padded(x, to: 32), y: try padded(y, to: 32)))
        case TPMAlgorithm.curveP384: return try key(.p384(x: try padded(x, to: 48), y: try padded(y, to: 48)))
        default: throw .unsupported
        }
    }

    private static func key(_ material: PublicKey.Material) throws(TPMStructureError) -> PublicKey {
        do { return try PublicKey(material) } catch { throw .malformed }
    }

    /// A number with the zeroes in front that some TPMs leave out.
    static func padded(_ bytes: [UInt8], to length: Int) throws(TPMStructureError) -> [UInt8] {
        guard bytes.count <= length else { throw .malformed }
        return [UInt8](repeating: 0, count: length - bytes.count) + bytes
    }

    static func bigEndian(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// The digest of a `TPM_ALG_ID`. SHA-1 makes no names and no signatures here.
    static func digest(_ number: UInt16) throws(TPMStructureError) -> MessageDigest {
        switch number {
        case 0x000B: return .sha256
        case 0x000C: return .sha384
        case 0x000D: return .sha512
        default: throw .unsupported
        }
    }

    private static func number(of digest: MessageDigest) -> UInt16 {
        switch digest {
        case .sha1: 0x0004
        case .sha256: 0x000B
        case .sha384: 0x000C
        case .sha512: 0x000D
        }
    }
}
