// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What lies below a volume.
struct Storage: Hashable, Sendable {
    /// Whether it is encrypted.
    var protection: Protection
    /// Whether all of it lies on USB or removable media.
    var isExternal = false
    /// The devices on the way down, by the kernel's names.
    var layers: [String] = []
    /// The formats that encrypt it, where it is encrypted.
    var formats: Set<String> = []

    /// The most devices that are named.
    private static let mostLayers = 64

    /// Several storages as one: every part counts.
    static func all(_ parts: [Storage]) -> Storage {
        Storage(
            protection: .all(parts.map(\.protection)),
            isExternal: !parts.isEmpty && parts.allSatisfy(\.isExternal),
            layers: Array(parts.lazy.flatMap(\.layers).prefix(Self.mostLayers)),
            formats: parts.reduce(into: []) { $0.formUnion($1.formats) })
    }

    /// A storage of which nothing is known.
    static func unknown(_ reason: String) -> Storage { Storage(protection: .unknown(reason)) }

    /// A storage that could not be read because of one file.
    static func unknown(_ failure: ReadFailure, at path: String) -> Storage {
        .unknown("\(path) \(failure.predicate)")
    }

    /// The formats in a word, such as `LUKS2`; `none` for storage as it is, `memory` for what is gone with the power.
    var kind: String {
        switch protection {
        case .encrypted: formats.isEmpty ? "encrypted" : formats.sorted().joined(separator: "+")
        case .plain: "none"
        case .volatile: "memory"
        case .unknown: "unknown"
        }
    }
}
