// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whether what is stored can be read by somebody who takes the disk out.
enum Protection: Hashable, Sendable {
    /// Every way to the disk leads through encryption.
    case encrypted
    /// At least one part lies on a disk as it is.
    case plain
    /// It is gone when the machine is switched off.
    case volatile
    /// It cannot be told; the reason is for a person.
    case unknown(String)

    /// The protection of something that is spread over several parts.
    ///
    /// One plain part makes it plain, whatever the others are; it is encrypted only if every lasting part is.
    static func all(_ parts: some Sequence<Protection>) -> Protection {
        var unknown: Protection?
        var isEncrypted = false
        var isEmpty = true
        for part in parts {
            isEmpty = false
            switch part {
            case .plain: return .plain
            case .unknown: unknown = unknown ?? part
            case .encrypted: isEncrypted = true
            case .volatile: break
            }
        }
        if isEmpty { return .unknown("nothing lies below it") }
        return unknown ?? (isEncrypted ? .encrypted : .volatile)
    }

    /// The protection in a word.
    var word: String {
        switch self {
        case .encrypted: "encrypted"
        case .plain: "not encrypted"
        case .volatile: "in memory only"
        case .unknown(let reason): "unknown, \(reason)"
        }
    }
}
