// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A report for support: texts by their names, written as one tar file by the system's tar.
package struct ReportArchive: Sendable {
    /// A text of it.
    package struct Item: Hashable, Sendable {
        /// The file's name.
        package var name: String
        /// What it tells of.
        package var title: String
        /// The text.
        package var text: String

        /// A text.
        package init(name: String, title: String, text: String) {
            self.name = name
            self.title = title
            self.text = text
        }
    }

    /// Why it cannot be written.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// The folder within it.
    package static let folder = "countersign-report"
    private static let programs = ["/usr/bin/tar", "/bin/tar"]

    /// Its texts.
    package let items: [Item]

    /// A report.
    package init(_ items: [Item]) { self.items = items }

    /// Writes it whole or not at all, for nobody but the person to read (0600). A file that is there is left as it is.
    package func write(to path: String) throws(Failure) {
        let slash = path.lastIndex(of: "/")
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        var template = Array("\(parent)/.countersign-report-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Self.failure("cannot write in '\(parent)'") }
        let work = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let archive = work + "/archive"
        defer {
            for item in items { unlink("\(work)/\(Self.folder)/\(item.name)") }
            rmdir("\(work)/\(Self.folder)")
            unlink(archive)
            rmdir(work)
        }
        guard mkdir("\(work)/\(Self.folder)", 0o700) == 0 else { throw Self.failure("cannot write in '\(work)'") }
        for item in items { try Self.write(Array(item.text.utf8), to: "\(work)/\(Self.folder)/\(item.name)") }
        try pack(work, into: archive)
        // A second name, whole at once; unlike a rename it never takes the place of a file that is there.
        guard link(archive, path) == 0 else {
            throw Self.failure("'\(path)' is not written")
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("'\(path)' cannot be made") }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("'\(path)' cannot be written") }
            written += count
        }
    }

    private func pack(_ work: String, into archive: String) throws(Failure) {
        guard let program = Self.programs.first(where: { access($0, X_OK) == 0 }) else {
            throw Failure(description: "there is no tar on this machine: install it")
        }
        let descriptor = open(archive, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("'\(archive)' cannot be made") }
        defer { close(descriptor) }
        // Who made it is not in it either.
        let words =
            [
                program, "--create", "--file=-", "--format=ustar", "--owner=0", "--group=0", "--numeric-owner",
                "--directory=\(work)",
            ] + items.map { "\(Self.folder)/\($0.name)" }
        guard let status = Self.run(words, output: descriptor), status == 0, fsync(descriptor) == 0 else {
            throw Failure(description: "\(program) could not pack the report")
        }
    }

    /// The wait status of a program whose output goes to a descriptor; `nil` where it cannot be started.
    private static func run(_ words: [String], output: Int32) -> Int32? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), strdup("LC_ALL=C"), nil]
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        guard posix_spawn(&process, words[0], &actions, nil, &arguments, &variables) == 0 else { return nil }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return nil } }
        return status
    }

    private static func failure(_ what: String) -> Failure {
        Failure(description: "\(what): \(String(cString: strerror(errno)))")
    }
}
