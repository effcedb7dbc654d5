// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import Cryptography

/// The TPM's structures as bytes (TPM 2.0 Part 2), by tpm2-tss's own reader and writer, which check every length.
enum TPMStructures {
    /// The longest public area that is read: an RSA key of 4,096 bits with a policy has some 600 bytes.
    static let longestPublicArea = 1024

    typealias Writer<Value> = (UnsafePointer<Value>?, UnsafeMutablePointer<UInt8>?, Int, UnsafeMutablePointer<Int>?) ->
        TSS2_RC
    typealias Reader<Value> = (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<Value>?) ->
        TSS2_RC

    /// A public area (`TPMT_PUBLIC`, Part 2 §12.2.4).
    static func bytes(of area: TPMT_PUBLIC) throws(TPMFailure) -> [UInt8] {
        try write(area, with: Tss2_MU_TPMT_PUBLIC_Marshal)
    }

    /// A signature (`TPMT_SIGNATURE`, Part 2 §11.3.4).
    static func bytes(of signature: TPMT_SIGNATURE) throws(TPMFailure) -> [UInt8] {
        try write(signature, with: Tss2_MU_TPMT_SIGNATURE_Marshal)
    }

    /// Reads a public area; `nil` where the bytes are not exactly one.
    static func publicArea(_ bytes: [UInt8]) -> TPMT_PUBLIC? {
        guard bytes.count <= longestPublicArea else { return nil }
        guard let area = read(bytes, into: TPMT_PUBLIC(), with: Tss2_MU_TPMT_PUBLIC_Unmarshal) else { return nil }
        // What is written differently from what was read would have another name.
        guard let again = try? Self.bytes(of: area), again == bytes else { return nil }
        return area
    }

    /// The name of the object with this public area (TPM 2.0 Part 1 §16): the algorithm, and the SHA-256 of the area.
    static func sha256Name(of publicArea: [UInt8]) -> [UInt8] {
        [UInt8(TPM2_ALG_SHA256 >> 8), UInt8(TPM2_ALG_SHA256 & 0xFF)] + SHA256.hash(publicArea)
    }

    /// Reads what `TPM2_MakeCredential` gives (Part 2 §12.4.3, §11.4.3); `nil` where one of the two is not exactly that.
    static func sealedCredential(
        _ blob: [UInt8], _ seed: [UInt8]
    ) -> (blob: TPM2B_ID_OBJECT, seed: TPM2B_ENCRYPTED_SECRET)? {
        guard let blob = read(blob, into: TPM2B_ID_OBJECT(), with: Tss2_MU_TPM2B_ID_OBJECT_Unmarshal),
            let seed = read(seed, into: TPM2B_ENCRYPTED_SECRET(), with: Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal)
        else { return nil }
        return (blob, seed)
    }

    /// Reads a structure; `nil` where the bytes are not exactly one.
    static func read<Value>(_ bytes: [UInt8], into empty: Value, with reader: Reader<Value>) -> Value? {
        var value = empty
        var offset = 0
        guard reader(bytes, bytes.count, &offset, &value) == TSS2_RC_SUCCESS, offset == bytes.count else { return nil }
        return value
    }

    private static func write<Value>(_ value: Value, with writer: Writer<Value>) throws(TPMFailure) -> [UInt8] {
        var value = value
        var bytes = [UInt8](repeating: 0, count: 4096)
        var offset = 0
        let code = writer(&value, &bytes, bytes.count, &offset)
        guard code == TSS2_RC_SUCCESS else { throw TPMFailure(command: "Marshal", code: code) }
        return Array(bytes.prefix(offset))
    }
}

/// The bytes of a sized buffer (`TPM2B_…`): no more than the buffer has, whatever its size claims.
func tpmBytes<Buffer>(_ buffer: Buffer, _ size: UInt16) -> [UInt8] {
    withUnsafeBytes(of: buffer) { Array($0.prefix(Int(size))) }
}

/// Fills the buffer of a sized buffer; gives the size to set, or `nil` where the bytes do not fit.
func fillTPM<Buffer>(_ buffer: inout Buffer, with bytes: some Collection<UInt8>) -> UInt16? {
    withUnsafeMutableBytes(of: &buffer) { destination in
        guard bytes.count <= destination.count else { return nil }
        destination.copyBytes(from: bytes)
        return UInt16(bytes.count)
    }
}

extension TPMT_PUBLIC {
    /// The object's name, as ``TPMStructures/sha256Name(of:)`` says.
    func sha256Name() throws(TPMFailure) -> [UInt8] { TPMStructures.sha256Name(of: try TPMStructures.bytes(of: self)) }

    /// The key, where it is one on P-256.
    var p256Key: PublicKey? {
        guard type == TPM2_ALG_ECC, parameters.eccDetail.curveID == TPM2_ECC_NIST_P256 else { return nil }
        guard let x = unique.ecc.x.coordinate, let y = unique.ecc.y.coordinate else { return nil }
        return try? PublicKey(.p256(x: x, y: y))
    }
}

extension TPM2B_ECC_PARAMETER {
    /// The number as 32 bytes; `nil` where it has more.
    var coordinate: [UInt8]? {
        let bytes = tpmBytes(buffer, size)
        guard bytes.count <= 32 else { return nil }
        return [UInt8](repeating: 0, count: 32 - bytes.count) + bytes
    }
}

extension TPMT_SIG_SCHEME {
    /// The scheme that is in the key itself.
    static let keysOwn: TPMT_SIG_SCHEME = {
        var scheme = TPMT_SIG_SCHEME()
        scheme.scheme = TPM2_ALG_NULL
        return scheme
    }()
}

extension TPMT_SIGNATURE {
    /// An ECDSA signature in JOSE's form (RFC 7518 §3.4).
    var jose: [UInt8]? {
        guard sigAlg == TPM2_ALG_ECDSA, let r = signature.ecdsa.signatureR.coordinate,
            let s = signature.ecdsa.signatureS.coordinate
        else { return nil }
        return r + s
    }
}
