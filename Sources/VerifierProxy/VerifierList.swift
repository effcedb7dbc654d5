// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import WireProtocol

/// The verifiers that the agent's connections may go to: a file of origins, one a line.
///
/// The person's commands write it, and the AppArmor profile of the agent that reads challenges denies it the file. Every change is
/// durable when the call returns, and all or nothing. That two do not change it at once is for the callers to see to.
package struct VerifierList: Sendable {
    /// The file, such as `~/.local/state/countersign/verifiers`; what is being written has `.new` at its end.
    package let path: String
    /// The longest file that is read, in bytes: room for 200 origins of the greatest length.
    private static let longestFile = 64 * 1024

    /// The list in a file.
    package init(path: String) { self.path = path }

    /// The origins that are listed; `nil` where there is no list. A line that is no origin counts for nothing.
    ///
    /// - Throws: ``VerifierListError`` where the file cannot be read, is not the person's alone, or is longer than any list.
    package func origins() throws(VerifierListError) -> Set<Origin>? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw failure("cannot be read") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot be read") }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw VerifierListError("'\(path)' is not a file that the person alone can write; see 'ls -l \(path)'")
        }
        var bytes = [UInt8](repeating: 0, count: Self.longestFile + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes[count...].withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure("cannot be read") }
            if got == 0 { break }
            count += got
        }
        guard count <= Self.longestFile else {
            throw VerifierListError("'\(path)' is too long to be a list of verifiers; correct it, or enrol again")
        }
        let lines = bytes[..<count].split(separator: UInt8(ascii: "\n"))
        return Set(lines.compactMap { Origin(String(decoding: $0, as: UTF8.self)) })
    }

    /// Lists a verifier, too.
    ///
    /// - Throws: ``VerifierListError``; then the list is as it was.
    package func add(_ origin: Origin) throws(VerifierListError) {
        let known = try origins()
        guard known?.contains(origin) != true else { return }
        try replace(by: (known ?? []).union([origin]))
    }

    /// Takes verifiers off that are not among these; adds none.
    ///
    /// - Throws: ``VerifierListError``; then the list is as it was.
    package func keep(_ needed: Set<Origin>) throws(VerifierListError) {
        guard let known = try origins(), !known.isSubset(of: needed) else { return }
        try replace(by: known.intersection(needed))
    }

    /// Makes a list of these alone.
    ///
    /// - Throws: ``VerifierListError``; then the list is as it was.
    package func replace(by origins: Set<Origin>) throws(VerifierListError) {
        let text = Array(origins.map { $0.description + "\n" }.sorted().joined().utf8)
        let temporary = path + ".new"
        // What an interrupted write left.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be written") }
        var written = 0
        while written < text.count {
            let count = text[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        let isWhole = written == text.count && fsync(descriptor) == 0
        let reason = errno
        close(descriptor)
        guard isWhole, rename(temporary, path) == 0 else {
            if !isWhole { errno = reason }
            let error = failure("cannot be written")
            unlink(temporary)
            throw error
        }
        try makeDurable()
    }

    private func makeDurable() throws(VerifierListError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be written") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be written") }
    }

    private func failure(_ what: String) -> VerifierListError {
        VerifierListError("'\(path)' \(what): \(String(cString: strerror(errno)))")
    }
}

/// Why the list of verifiers cannot be used.
package struct VerifierListError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened, for a person; one line.
    package let description: String

    init(_ description: String) { self.description = description }
}
