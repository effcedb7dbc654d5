// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a device-mapper device does, by the prefix of its uuid, which the program that made it sets.
enum DeviceMapperKind: Hashable, Sendable {
    /// It encrypts what lies below; with the name of the format.
    case encrypting(String)
    /// It passes on what lies below: volumes, multipath, checksums.
    case transparent
    /// It says nothing that is known.
    case unrecognized

    /// The kind that the contents of `dm/uuid` name.
    ///
    /// `CRYPT-VERITY`, `CRYPT-INTEGRITY` and `CRYPT-SUBDEV` are made by cryptsetup too, but check and do not encrypt.
    init(uuid: String) {
        if let format = Self.formats.first(where: { uuid.hasPrefix("CRYPT-\($0.prefix)-") }) {
            self = .encrypting(format.name)
        } else if Self.transparentPrefixes.contains(where: uuid.hasPrefix) || Self.isPartition(uuid) {
            self = .transparent
        } else {
            self = .unrecognized
        }
    }

    /// The longer prefix stands before the shorter one.
    private static let formats: [(prefix: String, name: String)] = [
        ("LUKS2-OPAL", "LUKS2-OPAL"), ("LUKS2", "LUKS2"), ("LUKS1", "LUKS1"), ("PLAIN", "dm-crypt"),
        ("BITLK", "BitLocker"), ("TCRYPT", "VeraCrypt"), ("LOOPAES", "loop-AES"), ("FVAULT2", "FileVault"),
    ]

    private static let transparentPrefixes = [
        "LVM-", "mpath-", "DMRAID-", "VDO-", "stratis-1-", "CRYPT-VERITY-", "CRYPT-INTEGRITY-", "CRYPT-SUBDEV-",
    ]

    /// `part1-…`: a partition of another device-mapper device.
    private static func isPartition(_ uuid: String) -> Bool {
        guard uuid.hasPrefix("part"), let dash = uuid.firstIndex(of: "-") else { return false }
        let number = uuid[uuid.index(uuid.startIndex, offsetBy: 4)..<dash]
        return !number.isEmpty && number.utf8.allSatisfy { (48...57).contains($0) }
    }
}
