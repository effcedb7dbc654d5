// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An EFI variable as efivarfs shows it: four bytes of attributes, then the data (UEFI 2.10 §8.2).
struct EFIVariable: Hashable, Sendable {
    /// The most bytes that a variable has here.
    static let limit = 64 * 1024
    /// The longest text that is taken from one, in characters.
    static let longestText = 128

    /// The attributes.
    let attributes: UInt32
    /// The data.
    let data: [UInt8]

    /// Parses the file, or gives `nil` where it is shorter than its attributes.
    init?(parsing bytes: [UInt8]) {
        guard (4...Self.limit).contains(bytes.count) else { return nil }
        attributes = bytes[..<4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        data = Array(bytes[4...])
    }

    /// The data as text: UTF-16, little end first, ended by a zero.
    ///
    /// `nil` for what is no such text: an odd number of bytes, none, halves of pairs alone, control characters.
    var text: String? {
        guard data.count.isMultiple(of: 2), !data.isEmpty else { return nil }
        var units: [UInt16] = []
        for index in stride(from: 0, to: data.count, by: 2) {
            let unit = UInt16(data[index]) | UInt16(data[index + 1]) << 8
            if unit == 0 { break }
            units.append(unit)
            guard units.count <= Self.longestText else { return nil }
        }
        guard !units.isEmpty, let text = String(validating: units, as: UTF16.self),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        else { return nil }
        return text
    }

    /// Reads a variable; `nil` where it is not there.
    ///
    /// - Parameter name: the name with the vendor's GUID behind it, as efivarfs names its file.
    static func read(_ name: String, in system: SystemView) throws(ReadFailure) -> EFIVariable? {
        let path = "\(SecureBootCollector.variablesPath)/\(name)"
        guard let bytes = try system.readIfPresent(path, limit: limit) else { return nil }
        guard let variable = EFIVariable(parsing: bytes) else { throw .malformed }
        return variable
    }
}
