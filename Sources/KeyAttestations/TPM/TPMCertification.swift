// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a TPM signed about a key (`TPMS_ATTEST` of `TPM2_Certify`, TPM 2.0 Part 2 §10.12.12). Every field is bounded, and nothing may
/// follow the last.
public struct TPMCertification: Hashable, Sendable {
    /// What qualified the command: the caller's bytes.
    public let extraData: [UInt8]
    /// The name of the certified key.
    public let name: [UInt8]

    /// Why bytes are not one.
    public enum Failure: Error, Hashable, Sendable {
        /// They are not a `TPMS_ATTEST`.
        case malformed
        /// They do not begin with the value that TPMs put before what they made themselves.
        case notGeneratedByTPM
        /// They attest something else than a key.
        case notACertification
    }

    /// Reads what was signed.
    public init(_ bytes: [UInt8]) throws(Failure) {
        var reader = TPMReader(bytes)
        do {
            guard try reader.uint32() == Self.generatedValue else { throw Failure.notGeneratedByTPM }
            guard try reader.uint16() == Self.certify else { throw Failure.notACertification }
            _ = try reader.sized(atMost: 66)  // qualifiedSigner
            extraData = try reader.sized(atMost: 66)
            _ = try reader.bytes(17)  // TPMS_CLOCK_INFO
            _ = try reader.bytes(8)  // firmwareVersion
            name = try reader.sized(atMost: 66)
            _ = try reader.sized(atMost: 66)  // qualifiedName
            try reader.end()
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .malformed
        }
    }

    /// `TPM_GENERATED_VALUE` (§6.2).
    private static let generatedValue: UInt32 = 0xFF54_4347
    /// `TPM_ST_ATTEST_CERTIFY` (§6.9).
    private static let certify: UInt16 = 0x8017
}
