// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The packages that dpkg has installed, from its status file.
///
/// Source: dpkg(1), deb-control(5). The file is read line by line: it has some megabytes, of which little is kept.
struct InstalledPackages: Sendable {
    /// One package of one architecture.
    struct Package: Hashable, Sendable {
        /// The version.
        let version: PackageVersion
        /// Its architecture, or `all`.
        let architecture: String
        /// Whether the machine's owner holds it back.
        let isHeld: Bool
    }

    static let path = "/var/lib/dpkg/status"
    static let limit = 64 << 20

    /// The packages by name.
    private(set) var packages: [String: [Package]] = [:]
    /// How many there are.
    private(set) var count = 0
    private var stanza = Stanza()

    private struct Stanza {
        var name = ""
        var version: [UInt8] = []
        var architecture = ""
        var status = ""
        var isEmpty: Bool { name.isEmpty && version.isEmpty && status.isEmpty }
    }

    /// The packages of the machine.
    init(in system: SystemView) throws(ReadFailure) {
        var isMalformed = false
        try system.forEachLine(of: Self.path, limit: Self.limit) { line in
            isMalformed = !add(line)
            return !isMalformed
        }
        guard !isMalformed, stanza.isEmpty, count > 0 else { throw .malformed }
    }

    /// The packages that lines state.
    init(parsing bytes: [UInt8]) throws(ReadFailure) {
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) where !add(line) { throw .malformed }
        // The file ends with an empty line; one that does not was cut.
        guard stanza.isEmpty, count > 0 else { throw .malformed }
    }

    /// The architecture that programs of this machine have, as far as the package manager's own package tells.
    var nativeArchitecture: String? {
        for name in ["dpkg", "base-files", "libc6", "bash"] {
            if let package = packages[name]?.first, package.architecture != "all" { return package.architecture }
        }
        return packages.values.lazy.joined().first { $0.architecture != "all" }?.architecture
    }

    private mutating func add(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first else { return finish() }
        switch first {
        case UInt8(ascii: "P"):
            if let value = line.value(ofField: "Package") { stanza.name = String(decoding: value, as: UTF8.self) }
        case UInt8(ascii: "V"):
            if let value = line.value(ofField: "Version") { stanza.version = Array(value) }
        case UInt8(ascii: "A"):
            if let value = line.value(ofField: "Architecture") {
                stanza.architecture = String(decoding: value, as: UTF8.self)
            }
        case UInt8(ascii: "S"):
            if let value = line.value(ofField: "Status") { stanza.status = String(decoding: value, as: UTF8.self) }
        case 0x20, 0x09: break
        default:
            // What is no field is no status file.
            guard line.contains(UInt8(ascii: ":")) else { return false }
        }
        return true
    }

    /// Ends a stanza; `false` where it is none.
    private mutating func finish() -> Bool {
        guard !stanza.isEmpty else { return true }
        defer { stanza = Stanza() }
        let words = stanza.status.split(separator: " ")
        guard !stanza.name.isEmpty, words.count == 3 else { return false }
        guard !["not-installed", "config-files"].contains(words[2]) else { return true }
        guard let version = PackageVersion(stanza.version), count < 200_000 else { return false }
        packages[stanza.name, default: []].append(
            Package(version: version, architecture: stanza.architecture, isHeld: words[0] == "hold"))
        count += 1
        return true
    }
}

extension ArraySlice<UInt8> {
    /// The value of a field of a control file where this line states it (deb-control(5)).
    func value(ofField name: StaticString) -> ArraySlice<UInt8>? {
        let length = name.utf8CodeUnitCount
        guard count > length, self[startIndex + length] == UInt8(ascii: ":") else { return nil }
        let isNamed = name.withUTF8Buffer { bytes in zip(bytes, self).allSatisfy { $0 == $1 } }
        guard isNamed else { return nil }
        var value = self[(startIndex + length + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
        while let last = value.last, last == 0x20 || last == 0x09 || last == 0x0D { value.removeLast() }
        return value
    }
}
