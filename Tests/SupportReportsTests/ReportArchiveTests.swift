// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import SupportReports
import TestSupport
import Testing

/// A report is written whole or not at all, and for its person alone.
@Suite struct ReportArchiveTests {
    private static let archive = ReportArchive([
        ReportArchive.Item(name: "a.txt", title: "A", text: "first\n"),
        ReportArchive.Item(name: "b.json", title: "B", text: "{}"),
    ])

    private static func output(of words: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test("tar reads it, and it names no user") func whole() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/report.tar"
        let former = umask(0)
        defer { umask(former) }
        try Self.archive.write(to: path)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
        let list = try Self.output(of: ["tar", "--list", "--verbose", "--numeric-owner", "--file", path])
        #expect(list.split(separator: "\n").allSatisfy { $0.contains("-rw------- 0/0 ") }, "\(list)")
        #expect(
            try Self.output(of: ["tar", "--extract", "--to-stdout", "--file", path, "countersign-report/a.txt"])
                == "first\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.tar"])
    }

    @Test("a file that is there stays as it is") func existing() throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "report.tar", mode: 0o644)
        #expect(throws: ReportArchive.Failure.self) { try Self.archive.write(to: folder.path + "/report.tar") }
        #expect(try String(contentsOfFile: folder.path + "/report.tar", encoding: .utf8) == "mine")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.tar"])
        #expect(throws: ReportArchive.Failure.self) { try Self.archive.write(to: folder.path + "/none/report.tar") }
    }
}
