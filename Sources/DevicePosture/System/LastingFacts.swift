// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import Glibc
internal import Synchronization

/// What was found once and holds as long as its sources are the same files, unchanged; and what holds as long as this process
/// lives.
///
/// Nothing that can change by itself is kept here: no lock, no disk, no setting.
package final class LastingFacts: Sendable {
    /// A file as the kernel tells it apart from its former self; `nil` for one that is not there.
    struct FileIdentity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let modified: [Int]
        let changed: [Int]

        /// Whether it was changed so lately that another change could bear the same time.
        func isFresh(at now: Int64) -> Bool { changed[0] > Int(clamping: now) - 2 }
    }

    private struct State {
        var findings: [String: (sources: [FileIdentity?], finding: Finding)] = [:]
        var values: [String: (sources: [FileIdentity?], value: any Sendable)] = [:]
        var confinement: Confinement?
        var mountTable: (bytes: [UInt8], table: MountTable)?
    }

    private let state = Mutex(State())

    /// The longest mount table that is kept, in bytes.
    private static let longestMountTable = 256 * 1024

    /// Nothing yet.
    package init() {}

    /// A finding, read anew where one of its sources is another file than it was, or was changed.
    ///
    /// - Parameter sources: all files that the finding is made of, those that may be missing, too.
    func finding(
        named name: String, from sources: [String], in system: SystemView, _ read: () -> Finding
    ) -> Finding {
        // The files are looked at before they are read: one that changes in between is read once too often, not too rarely.
        guard let identities = identities(of: sources, in: system) else { return read() }
        if let kept = kept(name, identities) { return kept }
        let finding = read()
        keep(finding, name, identities)
        return finding
    }

    /// The same of a finding that takes time.
    func finding(
        named name: String, from sources: [String], in system: SystemView, _ read: @Sendable () async -> Finding
    ) async -> Finding {
        guard let identities = identities(of: sources, in: system) else { return await read() }
        if let kept = kept(name, identities) { return kept }
        let finding = await read()
        keep(finding, name, identities)
        return finding
    }

    private func identities(of sources: [String], in system: SystemView) -> [FileIdentity?]? {
        try? sources.map { source throws(ReadFailure) in try system.identity(of: source) }
    }

    private func kept(_ name: String, _ identities: [FileIdentity?]) -> Finding? {
        state.withLock { state in state.findings[name].flatMap { $0.sources == identities ? $0.finding : nil } }
    }

    private func keep(_ finding: Finding, _ name: String, _ identities: [FileIdentity?]) {
        let now = Int64(time(nil))
        if case .known = finding.state, !identities.contains(where: { $0?.isFresh(at: now) ?? false }) {
            state.withLock { $0.findings[name] = (identities, finding) }
        }
    }

    /// A value that is made of files, made anew where one of them is another than it was, or was changed.
    ///
    /// - Parameter sources: all files that the value is made of, those that may be missing, too; folders whose entries count.
    func value<Value: Sendable>(
        named name: String, from sources: [String], in system: SystemView, _ make: () throws(ReadFailure) -> Value
    ) throws(ReadFailure) -> Value {
        let identities = try system.identities(of: sources)
        if let kept: Value = value(named: name, ofThe: identities) { return kept }
        let value = try make()
        keep(value, named: name, ofThe: identities)
        return value
    }

    /// A value that was kept for files that are still the same.
    func value<Value: Sendable>(named name: String, ofThe identities: [FileIdentity?]) -> Value? {
        guard let kept = state.withLock({ $0.values[name] }), kept.sources == identities else { return nil }
        return kept.value as? Value
    }

    /// Keeps a value for files as they were before it was made.
    func keep(_ value: some Sendable, named name: String, ofThe identities: [FileIdentity?]) {
        let now = Int64(time(nil))
        guard !identities.contains(where: { $0?.isFresh(at: now) ?? false }) else { return }
        state.withLock { $0.values[name] = (identities, value) }
    }

    /// What stands between this process and the machine; it cannot change while the process lives.
    ///
    /// - Parameter detect: finds it out; what it could not look at to the end is not kept.
    func confinement(_ detect: () -> (found: Confinement, isCertain: Bool)) -> Confinement {
        if let known = state.withLock({ $0.confinement }) { return known }
        let (found, isCertain) = detect()
        if isCertain { state.withLock { $0.confinement = found } }
        return found
    }

    /// A mount table, parsed anew where it is not the text that it was.
    func mountTable(parsing bytes: [UInt8]) throws(ReadFailure) -> MountTable {
        if let known = state.withLock({ $0.mountTable }), known.bytes == bytes { return known.table }
        let table = try MountTable(parsing: bytes)
        if bytes.count <= Self.longestMountTable { state.withLock { $0.mountTable = (bytes, table) } }
        return table
    }
}

extension SystemView {
    /// A value that is made of files, kept as long as they do not change where this view keeps anything.
    func lasting<Value: Sendable>(
        _ name: String, from sources: [String], _ make: () throws(ReadFailure) -> Value
    ) throws(ReadFailure) -> Value {
        guard let facts else { return try make() }
        return try facts.value(named: name, from: sources, in: self, make)
    }

    /// The packages that dpkg has installed.
    func installedPackages() throws(ReadFailure) -> InstalledPackages {
        try lasting("installedPackages", from: [InstalledPackages.path]) { () throws(ReadFailure) in
            try InstalledPackages(in: self)
        }
    }

    /// Which files paths lead to.
    func identities(of paths: [String]) throws(ReadFailure) -> [LastingFacts.FileIdentity?] {
        try paths.map { path throws(ReadFailure) in try identity(of: path) }
    }

    /// Which file a path leads to, and which of its states; `nil` where there is none.
    func identity(of path: String) throws(ReadFailure) -> LastingFacts.FileIdentity? {
        var status = stat()
        do throws(ReadFailure) {
            guard stat(try hostPath(path), &status) == 0 else { throw ReadFailure(errno: errno) }
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
        return LastingFacts.FileIdentity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: [status.st_mtim.tv_sec, status.st_mtim.tv_nsec],
            changed: [status.st_ctim.tv_sec, status.st_ctim.tv_nsec])
    }
}
