// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
public import DeviceKeys

/// What the machine's TPM says of itself, for `agent keys list`.
public struct TPMStatus: Hashable, Sendable {
    /// How far the TPM's protection against guessing is used up. It is one for all keys of all programs (TPM 2.0 Part 1 §19.8).
    public struct DictionaryAttackState: Hashable, Sendable {
        /// Whether no PIN is taken now.
        public var isLocked: Bool
        /// How many wrong tries count now.
        public var failedTries: Int
        /// How many may.
        public var maximumTries: Int
        /// After how many seconds of running one try is given back; 0 where nothing is counted at all.
        public var secondsPerTry: Int

        /// How many wrong PINs are left.
        public var triesLeft: Int { isLocked ? 0 : max(0, maximumTries - failedTries) }
        /// Whether wrong PINs are counted.
        public var isOn: Bool { secondsPerTry > 0 }
    }

    /// The four letters of the maker in the TCG's registry, such as `INTC`.
    public var manufacturer: String
    /// What the maker calls the TPM.
    public var vendor: String
    /// The firmware's version.
    public var firmware: String
    /// The revision of the TPM 2.0 specification, such as `1.59`.
    public var specification: String
    /// The protection against guessing.
    public var dictionaryAttack: DictionaryAttackState
    /// Whether the TPM has a certificate of its maker's for its endorsement key.
    public var hasEndorsementCertificate: Bool
    /// Whether keys can be made now, and if not, why.
    public var availability: KeyStoreAvailability
}

extension TPMConnection {
    /// Reads the status.
    func status() throws -> TPMStatus {
        let fixed = try properties(from: Property.fixed, count: 16)
        let firmware = Property.firmwareVersions.map { fixed[$0] ?? 0 }
        let vendor = Property.vendorStrings.map { Self.text(fixed[$0] ?? 0) }.joined()
        let revision = fixed[Property.revision] ?? 0
        return TPMStatus(
            manufacturer: Self.text(fixed[Property.manufacturer] ?? 0), vendor: vendor,
            firmware: firmware.flatMap { [$0 >> 16, $0 & 0xFFFF] }.map { String($0) }.joined(separator: "."),
            specification: "\(revision / 100).\(revision % 100 < 10 ? "0" : "")\(revision % 100)",
            dictionaryAttack: try dictionaryAttackState(),
            hasEndorsementCertificate: try hasEndorsementCertificate(), availability: try keyAvailability())
    }

    /// Whether a storage root key can be had.
    private func keyAvailability() throws -> KeyStoreAvailability {
        do {
            _ = try storageRoot(saved: SavedContexts())
            return .available
        } catch let error as DeviceKeyError {
            return .unavailable(reason: error.message)
        }
    }

    /// Four letters in a number; what cannot be shown is left out.
    private static func text(_ number: UInt32) -> String {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
        return String(decoding: bytes.filter { (0x21...0x7E).contains($0) }, as: UTF8.self)
    }
}
