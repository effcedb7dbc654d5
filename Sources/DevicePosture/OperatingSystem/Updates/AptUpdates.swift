// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which installed packages are older than what APT's lists of security updates have.
///
/// A version that only a suite of other updates has does not count, phased or not; a package that is held back does, since it
/// lacks the update all the same.
struct AptUpdates: Hashable, Sendable {
    /// The packages that lack an update, each once for every architecture.
    private(set) var pending: Set<String> = []
    /// Those of them that the machine's owner holds back.
    private(set) var held: Set<String> = []

    static let limit = 512 << 20

    /// Compares what is installed with lists.
    init(installed: InstalledPackages, lists: [AptLists.List], in system: SystemView) throws(AptLists.Problem) {
        let native = installed.nativeArchitecture
        for list in lists {
            do throws(ReadFailure) {
                if let size = list.size, let found = try system.size(of: list.path), found != size { throw .malformed }
                try add(list, native: native, installed: installed, in: system)
            } catch {
                throw .unreadable(list.path, error)
            }
        }
    }

    private mutating func add(
        _ list: AptLists.List, native: String?, installed: InstalledPackages, in system: SystemView
    ) throws(ReadFailure) {
        var reader = Reader(
            installed: installed, architecture: list.architecture, isNative: list.architecture == native)
        try system.forEachLine(of: list.path, limit: Self.limit) { reader.add($0) }
        reader.endStanza()
        guard !reader.isMalformed else { throw .malformed }
        pending.formUnion(reader.pending)
        held.formUnion(reader.held)
    }

    /// Compares what is installed with the text of a list, for tests and fuzzing.
    init?(installed: InstalledPackages, list: [UInt8], architecture: String) {
        let isNative = architecture == installed.nativeArchitecture
        var reader = Reader(installed: installed, architecture: architecture, isNative: isNative)
        for line in list.split(separator: 10, omittingEmptySubsequences: false) where !reader.add(line) { return nil }
        reader.endStanza()
        guard !reader.isMalformed else { return nil }
        (pending, held) = (reader.pending, reader.held)
    }

    /// Reads one list, line by line.
    private struct Reader {
        let installed: InstalledPackages
        let architecture: String
        let isNative: Bool
        var pending: Set<String> = []
        var held: Set<String> = []
        var isMalformed = false
        private var name: String?
        private var candidates: [InstalledPackages.Package] = []
        private var version: ArraySlice<UInt8> = []

        init(installed: InstalledPackages, architecture: String, isNative: Bool) {
            (self.installed, self.architecture, self.isNative) = (installed, architecture, isNative)
        }

        mutating func add(_ line: ArraySlice<UInt8>) -> Bool {
            guard let first = line.first else {
                endStanza()
                return !isMalformed
            }
            if first == UInt8(ascii: "P"), let value = line.value(ofField: "Package") {
                let name = String(decoding: value, as: UTF8.self)
                self.name = name
                candidates = (installed.packages[name] ?? []).filter(isMeant)
            } else if first == UInt8(ascii: "V"), !candidates.isEmpty, let value = line.value(ofField: "Version") {
                version = ArraySlice(Array(value))
            } else if first >= 0x80 || first < 0x20 && first != 0x09 {
                // No field begins so, and no line goes on so.
                isMalformed = true
            }
            return !isMalformed
        }

        mutating func endStanza() {
            defer { (name, candidates, version) = (nil, [], []) }
            guard let name, !candidates.isEmpty else { return }
            guard let newer = PackageVersion(version) else {
                isMalformed = true
                return
            }
            for package in candidates where package.version < newer {
                pending.insert("\(name):\(package.architecture)")
                if package.isHeld { held.insert("\(name):\(package.architecture)") }
            }
        }

        /// Whether a list of this architecture has the updates of a package.
        private func isMeant(_ package: InstalledPackages.Package) -> Bool {
            package.architecture == architecture || architecture == "all" || package.architecture == "all" && isNative
        }
    }
}
