// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2

/// What a key says of itself (authenticatorGetInfo, CTAP 2.1 §6.4), bounded.
struct AuthenticatorInfo: Hashable, Sendable {
    /// Such as `FIDO_2_1`; for a key that speaks U2F alone, `U2F_V2`.
    var versions: [String]
    /// Options and their values, such as `rk`.
    var options: [String: Bool]
    /// COSE algorithms that credentials can have, in the key's order; empty where it tells none.
    var algorithms: [Int32]
    /// The model, 16 bytes; zeros where it has none.
    var aaguid: [UInt8]
    /// The maker's number of the firmware; zero where it tells none.
    var firmware: UInt64
    /// How built-in verification works (FIDO Registry §3.1); zero where it tells nothing.
    var verificationMethods: UInt64
    /// Whether the key works only after its PIN is changed.
    var wantsNewPIN: Bool
    /// How long its credentials' ids are at most, in bytes; `nil` where it does not tell.
    var longestCredentialID: Int?

    /// The most entries that are read of each list.
    private static let limit = 64

    /// A key without CTAP 2: no options, ECDSA on P-256.
    static let u2f = AuthenticatorInfo(
        versions: ["U2F_V2"], options: [:], algorithms: [COSE_ES256], aaguid: [UInt8](repeating: 0, count: 16),
        firmware: 0, verificationMethods: 0, wantsNewPIN: false)

    /// Whether only verified persons can use the key (CTAP 2.1 §7.2).
    var isAlwaysVerifying: Bool { options["alwaysUv"] == true }
    /// Whether a finger or the like is enrolled.
    var hasBuiltInVerification: Bool { options["uv"] == true }
    /// Whether a PIN is set.
    var hasPIN: Bool { options["clientPin"] == true }

    /// The first of the algorithms spoken here that the key has.
    var preferredAlgorithm: Int32? {
        let spoken = [COSE_ES256, COSE_EDDSA, COSE_RS256]
        return algorithms.isEmpty ? COSE_ES256 : spoken.first { algorithms.contains($0) }
    }
}

extension AuthenticatorInfo {
    /// Copies what the library read.
    init(copying info: OpaquePointer) {
        versions = Self.texts(fido_cbor_info_versions_ptr(info), fido_cbor_info_versions_len(info))
        let names = Self.texts(fido_cbor_info_options_name_ptr(info), fido_cbor_info_options_len(info))
        let values = UnsafeBufferPointer(
            start: fido_cbor_info_options_value_ptr(info), count: fido_cbor_info_options_len(info))
        options = Dictionary(zip(names, values), uniquingKeysWith: { $1 })
        algorithms = (0..<min(fido_cbor_info_algorithm_count(info), Self.limit)).compactMap { index in
            let type = fido_cbor_info_algorithm_type(info, index).map { String(cString: $0) }
            return type == "public-key" ? fido_cbor_info_algorithm_cose(info, index) : nil
        }
        let identifier = UnsafeBufferPointer(
            start: fido_cbor_info_aaguid_ptr(info), count: fido_cbor_info_aaguid_len(info))
        aaguid = identifier.count == 16 ? Array(identifier) : [UInt8](repeating: 0, count: 16)
        firmware = fido_cbor_info_fwversion(info)
        verificationMethods = fido_cbor_info_uv_modality(info)
        wantsNewPIN = fido_cbor_info_new_pin_required(info)
        let longest = fido_cbor_info_maxcredidlen(info)
        longestCredentialID = longest == 0 ? nil : Int(clamping: longest)
    }

    private static func texts(_ start: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) -> [String] {
        guard let start else { return [] }
        return (0..<min(count, limit)).map { index in
            DeviceEntry.cleaned(start[index].map { String(cString: $0) } ?? "")
        }
    }
}
