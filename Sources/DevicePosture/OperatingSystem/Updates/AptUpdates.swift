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
    static func read(
        installed: InstalledPackages, lists: [AptLists.List], in system: SystemView
    ) async throws(AptLists.Problem) -> AptUpdates {
        var updates = AptUpdates()
        for list in lists {
            if let name = list.compressed {
                try await updates.add(list, named: name, installed: installed, in: system)
                continue
            }
            do throws(ReadFailure) {
                if let size = list.size, let found = try system.size(of: list.path), found != size { throw .malformed }
                try updates.add(list, installed: installed, in: system)
            } catch {
                throw .unreadable(list.path, error)
            }
        }
        return updates
    }

    private init() {}

    /// A list that is kept compressed: it is compared as it is decompressed, and nothing of it is kept.
    private mutating func add(
        _ list: AptLists.List, named name: AptListName, installed: InstalledPackages, in system: SystemView
    ) async throws(AptLists.Problem) {
        let start = Text(Reader(installed: installed, architecture: list.architecture))
        let output = await system.commands.run(
            .readAptList(name), environment: system.environment, into: start, { $0.add($1) })
        switch output {
        case .failure(let failure): throw .compressed(list.path, failure)
        case .success(let text):
            guard list.size.map({ $0 == text.count }) ?? true, let reader = text.ended else {
                throw .unreadable(list.path, .malformed)
            }
            add(reader)
        }
    }

    private mutating func add(
        _ list: AptLists.List, installed: InstalledPackages, in system: SystemView
    ) throws(ReadFailure) {
        var reader = Reader(installed: installed, architecture: list.architecture)
        try system.forEachLine(of: list.path, limit: Self.limit) { reader.add($0) }
        reader.endStanza()
        guard !reader.isMalformed else { throw .malformed }
        add(reader)
    }

    private mutating func add(_ reader: Reader) {
        pending.formUnion(reader.pending)
        held.formUnion(reader.held)
    }

    /// Compares what is installed with the text of a list, which comes in pieces.
    init?(installed: InstalledPackages, list pieces: some Sequence<ArraySlice<UInt8>>, architecture: String) {
        var text = Text(Reader(installed: installed, architecture: architecture))
        for piece in pieces { text.add(piece) }
        guard let reader = text.ended else { return nil }
        add(reader)
    }

    /// The text of a list as it comes: it goes to a reader line by line, and no more than the line that is not yet whole is kept.
    private struct Text {
        private var reader: Reader
        private var lines = LineDivision()
        /// How many bytes have come.
        private(set) var count = 0

        init(_ reader: Reader) { self.reader = reader }

        mutating func add(_ piece: ArraySlice<UInt8>) {
            count += piece.count
            lines.add(piece) { _ = reader.add($0) }
        }

        /// The reader at the end of the text; `nil` where that is no list.
        var ended: Reader? {
            var (reader, lines) = (self.reader, self.lines)
            lines.end { _ = reader.add($0) }
            reader.endStanza()
            return reader.isMalformed || lines.isTooLong ? nil : reader
        }
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

        init(installed: InstalledPackages, architecture: String) {
            (self.installed, self.architecture) = (installed, architecture)
            isNative = architecture == installed.nativeArchitecture
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
