// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The head of a suite's Release file, and the sizes of its lists of packages.
///
/// Source: the Debian Repository Format; the file is that of apt-get update, signed inside (`InRelease`) or not.
struct AptRelease: Hashable, Sendable {
    /// The fields before the sums.
    private(set) var fields: [String: String] = [:]
    /// The size of each uncompressed list, by its path below the suite.
    private(set) var sizes: [String: Int] = [:]

    private enum Section { case head, sums, other }
    private var section = Section.head

    /// Reads a file; the sums only of a suite of security updates.
    init(at path: String, in system: SystemView) throws(ReadFailure) {
        var isMalformed = false
        try system.forEachLine(of: path, limit: 16 << 20, lineLimit: 64 * 1024) { line in
            isMalformed = !add(line)
            return !isMalformed && (section != .sums || isSecurity)
        }
        guard !isMalformed, fields["Date"] != nil else { throw .malformed }
    }

    /// The head and sums that bytes state, or `nil` where it is no such file.
    init?(parsing bytes: [UInt8]) {
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) where !add(line) { return nil }
        guard fields["Date"] != nil else { return nil }
    }

    /// Whether what the suite holds are updates for security.
    ///
    /// Debian labels the archive; Ubuntu and its Expanded Security Maintenance name the suite so.
    var isSecurity: Bool {
        fields["Label"] == "Debian-Security"
            || ["Suite", "Codename"].contains { name in
                let suite = fields[name] ?? ""
                return suite.hasSuffix("-security") || suite.hasSuffix("/updates")
            }
    }

    /// Whether it is Ubuntu's support beyond the standard window, which is published in its own time.
    var isExtended: Bool { (fields["Origin"] ?? "").hasPrefix("UbuntuESM") }

    /// The release that it is for, such as `bookworm` for `bookworm-security`.
    var releases: Set<String> {
        Set(["Suite", "Codename"].compactMap { fields[$0]?.prefix { $0 != "-" && $0 != "/" } }.map(String.init))
    }

    private mutating func add(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first else { return true }
        if first == 0x20 {
            guard section == .sums else { return true }
            let words = line.split(separator: 0x20)
            guard words.count == 3, let path = words.last, path.suffix(9).elementsEqual("/Packages".utf8) else {
                return words.count == 3
            }
            guard sizes.count < 10_000, let size = Int(String(decoding: words[1], as: UTF8.self)) else { return false }
            sizes[String(decoding: path, as: UTF8.self)] = size
            return true
        }
        // A line of a signature is no field, and no text at all is no Release file.
        guard let text = String(validating: line, as: UTF8.self) else { return false }
        guard let colon = text.firstIndex(of: ":") else {
            if section == .sums { section = .other }
            return text.hasPrefix("-----") || section == .other || text.trimmed.isEmpty
        }
        let name = String(text[..<colon])
        if name == "SHA256" {
            section = .sums
        } else if section == .sums || ["MD5Sum", "SHA1", "SHA512"].contains(name) {
            section = .other
        } else if fields.count < 64, fields[name] == nil {
            fields[name] = text[text.index(after: colon)...].trimmed
        }
        return true
    }
}
