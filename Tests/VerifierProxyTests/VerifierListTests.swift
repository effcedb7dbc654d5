// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing
import VerifierProxy
import WireProtocol

@Suite struct VerifierListTests {
    private let folder: TemporaryFolder
    private let list: VerifierList
    private let first: Origin
    private let second: Origin

    init() throws {
        folder = try TemporaryFolder()
        list = VerifierList(path: folder.path + "/verifiers")
        first = try #require(Origin("https://id.example.com"))
        second = try #require(Origin("https://login.example.org:8443"))
    }

    @Test func noFileIsNoList() throws {
        #expect(try list.origins() == nil)
    }

    @Test func whatIsAddedIsListedOnce() throws {
        for origin in [first, second, first] { try list.add(origin) }
        #expect(folder.read("verifiers") == "https://id.example.com\nhttps://login.example.org:8443\n")
        #expect(try list.origins() == [first, second])
    }

    @Test func whatIsNotKeptIsGone() throws {
        try list.replace(by: [first, second])
        try list.keep([second])
        #expect(try list.origins() == [second])
    }

    @Test func keepingAddsNothing() throws {
        try list.replace(by: [first])
        try list.keep([first, second])
        #expect(try list.origins() == [first])
    }

    @Test func keepingMakesNoList() throws {
        try list.keep([first])
        #expect(try list.origins() == nil)
    }

    @Test func emptyListIsAList() throws {
        try list.replace(by: [])
        #expect(try list.origins() == [])
    }

    @Test func itIsThePersonsAlone() throws {
        try list.add(first)
        var status = stat()
        #expect(stat(list.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test(arguments: [
        "id.example.com", "https://id.example.com/", "HTTPS://ID.EXAMPLE.COM", "", "ftp://a", "*", "\u{0}",
    ])
    func lineThatIsNoOriginCountsForNothing(_ line: String) throws {
        try folder.write(line + "\nhttps://login.example.org:8443\n", to: "verifiers")
        #expect(try list.origins() == [second])
    }

    @Test func bytesThatAreNoTextCountForNothing() throws {
        try folder.write("https://login.example.org:8443\n", to: "verifiers")
        #expect(system("printf '\\377\\376https://id.example.com\\n' >>'\(list.path)'") == 0)
        #expect(try list.origins() == [second])
    }

    @Test(arguments: [0o620, 0o602, 0o666] as [UInt32]) func listThatOthersCanWriteIsRefused(_ mode: UInt32) throws {
        try list.add(first)
        #expect(chmod(list.path, mode) == 0)
        #expect(throws: VerifierListError.self) { try list.origins() }
    }

    @Test func linkIsNotFollowed() throws {
        try folder.write("https://id.example.com\n", to: "other")
        #expect(symlink("other", list.path) == 0)
        #expect(throws: VerifierListError.self) { try list.origins() }
    }

    @Test func pipeIsNotWaitedFor() throws {
        #expect(mkfifo(list.path, 0o600) == 0)
        #expect(throws: VerifierListError.self) { try list.origins() }
    }

    @Test func fileThatIsTooLongIsRefused() throws {
        try folder.write(String(repeating: "https://id.example.com\n", count: 3000), to: "verifiers")
        #expect(throws: VerifierListError.self) { try list.origins() }
    }

    @Test func whatAnInterruptedWriteLeftIsReplaced() throws {
        try list.add(first)
        try folder.write("https://id.exam", to: "verifiers.new")
        #expect(try list.origins() == [first])
        try list.add(second)
        #expect(try list.origins() == [first, second])
        #expect(folder.names() == ["verifiers"])
    }

    @Test func writeThatFailsLeavesTheListAsItWas() throws {
        try list.add(first)
        #expect(mkdir(list.path + ".new", 0o700) == 0)
        #expect(throws: VerifierListError.self) { try list.add(second) }
        #expect(try list.origins() == [first])
    }
}
