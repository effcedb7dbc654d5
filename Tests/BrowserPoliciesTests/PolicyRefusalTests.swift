// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import BrowserPolicies
@testable import DevicePosture

/// What somebody prepared, or an interruption left, does not lead the command astray.
@Suite struct PolicyRefusalTests {
    private static let folder = "/etc/chromium/policies/managed"
    private static let file = "/etc/chromium/policies/managed/countersign-loopback.json"
    private let document: PolicyDocument
    private let tree: PolicyTree

    init() throws {
        document = try PolicyTree.document("https://id.example.com")
        tree = try PolicyTree()
    }

    // MARK: Links and kinds

    @Test func linkInPlaceOfTheFileIsNotFollowed() throws {
        try tree.write("/etc/precious", "precious")
        try tree.link(Self.file, to: "../../../precious")
        #expect(try tree.states(of: "chromium", document: document) == [.refused(.link(path: Self.file))])
        #expect(tree.read("/etc/precious") == "precious")
    }

    @Test func linkInPlaceOfAFolderIsNotFollowed() throws {
        try tree.make("/srv/elsewhere/managed")
        try tree.link("/etc/chromium/policies", to: "../../srv/elsewhere")
        #expect(
            try tree.states(of: "chromium", document: document) == [.refused(.link(path: "/etc/chromium/policies"))])
        #expect(tree.everything().keys.filter { $0.hasPrefix("/srv/elsewhere/managed/") }.isEmpty)
    }

    @Test func linkInPlaceOfAFileThatWasWrittenIsNotRemoved() throws {
        _ = try tree.states(of: "chromium", document: document)
        let text = try #require(tree.read(Self.file))
        unlink(tree.root + Self.file)
        try tree.write("/etc/precious", text)
        try tree.link(Self.file, to: "../../../precious")
        #expect(try tree.installation.remove(at: nil).map(\.state) == [.refused(.link(path: Self.file))])
        #expect(tree.read("/etc/precious") == text)
    }

    @Test func linkInPlaceOfTheNewFileIsNotFollowed() throws {
        try tree.write("/etc/precious", "precious")
        let new = Self.folder + "/.countersign-loopback.json.countersign-new"
        try tree.link(new, to: "../../../precious")
        #expect(try tree.states(of: "chromium", document: document) == [.refused(.link(path: new))])
        #expect(tree.read("/etc/precious") == "precious")
    }

    @Test func folderInPlaceOfTheFileIsLeft() throws {
        try tree.make("/etc/firefox/policies/policies.json")
        #expect(
            try tree.states(of: "firefox", document: document)
                == [.refused(.wrongKind(path: "/etc/firefox/policies/policies.json"))])
    }

    @Test func pipeInPlaceOfTheFileIsNotWaitedFor() throws {
        try tree.make("/etc/firefox/policies")
        #expect(mkfifo(tree.root + "/etc/firefox/policies/policies.json", 0o644) == 0)
        #expect(
            try tree.states(of: "firefox", document: document)
                == [.refused(.wrongKind(path: "/etc/firefox/policies/policies.json"))])
    }

    @Test func fileInPlaceOfAFolderIsLeft() throws {
        try tree.write("/etc/chromium/policies", "")
        #expect(
            try tree.states(of: "chromium", document: document) == [
                .refused(.wrongKind(path: "/etc/chromium/policies"))
            ])
        #expect(tree.read("/etc/chromium/policies") == "")
    }

    @Test func nothingIsWrittenWhereOthersMayWrite() throws {
        try tree.make(Self.folder)
        chmod(tree.root + Self.folder, 0o777)
        #expect(try tree.states(of: "chromium", document: document) == [.refused(.notOwned(path: Self.folder))])
        #expect(tree.everything()[Self.file] == nil)
    }

    @Test func nothingIsWrittenIntoAFolderOfAnotherUser() throws {
        try tree.make(Self.folder)
        let installation = PolicyInstallation(root: tree.root, owner: geteuid() + 1)
        #expect(throws: PolicyRefusal.notOwned(path: "/var")) {
            try installation.install(document, at: PolicyTree.places(["chromium"]))
        }
    }

    @Test func folderThatCannotBeMadeIsToldWithTheReason() throws {
        // Nobody makes folders in the kernel's own file systems.
        let installation = PolicyInstallation(root: "/sys", owner: geteuid())
        let state = try #require(try installation.install(document, at: PolicyTree.places(["chromium"])).first?.state)
        guard case .refused(.failed("/var", let number)) = state else {
            Issue.record("\(state)")
            return
        }
        #expect(number != ENOENT)
    }

    @Test func otherBrowsersGetTheirsAllTheSame() throws {
        try tree.link("/etc/chromium", to: "../srv")
        let states = try tree.states(of: "brave", "chromium", "edge", document: document)
        #expect(states == [.written, .refused(.link(path: "/etc/chromium")), .written])
    }

    @Test func policyFilesThatCannotBeReadAreNotTakenForHarmless() throws {
        try tree.make(Self.folder + "/a.json")
        #expect(
            try tree.states(of: "chromium", document: document)
                == [.refused(.unreadable(path: Self.folder, why: "is not a plain file or folder"))])
    }

    // MARK: Interruptions and the list

    @Test func interruptionBeforeTheFileLeavesNothing() throws {
        let before = tree.everything()
        var ledger = PolicyLedger()
        ledger.files[Self.file] = [PolicyLedger.digest(document.chromiumFile())]
        ledger.folders = ["/etc/chromium", "/etc/chromium/policies", Self.folder]
        try tree.write(PolicyLedger.path, String(decoding: ledger.bytes, as: UTF8.self))
        try tree.make(Self.folder)
        #expect(try tree.installation.remove(at: nil).map(\.state) == [.absent])
        #expect(tree.everything() == before)
    }

    @Test func interruptionWhileAFileIsExchangedLosesNeither() throws {
        _ = try tree.states(of: "chromium", document: document)
        var ledger = try #require(PolicyLedger(Array((tree.read(PolicyLedger.path) ?? "").utf8)))
        ledger.files[Self.file]?.insert(String(repeating: "a", count: 64))
        try tree.write(PolicyLedger.path, String(decoding: ledger.bytes, as: UTF8.self))
        try tree.write(Self.folder + "/.countersign-loopback.json.countersign-new", "half of")
        let other = try PolicyTree.document("https://sso.example.org")
        #expect(try tree.states(of: "chromium", document: other) == [.written])
        #expect(try tree.installation.remove(at: nil).map(\.state) == [.removed])
        #expect(tree.everything()["/etc/chromium"] == nil)
    }

    @Test func fileOfAnEarlierVersionIsKnownByItsDigest() throws {
        let earlier = #"{"AnEarlierNameForIt":["https://id.example.com"]}"#
        try tree.write(Self.file, earlier)
        var ledger = PolicyLedger()
        ledger.files[Self.file] = [PolicyLedger.digest(Array(earlier.utf8))]
        try tree.write(PolicyLedger.path, String(decoding: ledger.bytes, as: UTF8.self))
        #expect(try tree.states(of: "chromium", document: document) == [.written])
        #expect(try tree.installation.remove(at: nil).map(\.state) == [.removed])
    }

    @Test(arguments: [
        "", "rubbish\n", "file a /etc/passwd\n",
        "# Written by 'agent browser-policy install', format 2. 'agent browser-policy remove' undoes all of this.\n",
    ])
    func listThatIsNotUnderstoodStopsAll(text: String) throws {
        try tree.write(PolicyLedger.path, text)
        let refusal = PolicyRefusal.ledger(path: PolicyLedger.path)
        #expect(throws: refusal) { try tree.installation.install(document, at: PolicyTree.places(["chromium"])) }
        #expect(throws: refusal) { try tree.installation.remove(at: nil) }
        #expect(tree.everything()["/etc/chromium"] == nil)
    }

    @Test(arguments: [
        "file \(String(repeating: "a", count: 63)) /x", "file \(String(repeating: "A", count: 64)) /x",
        "file \(String(repeating: "a", count: 64)) x", "file \(String(repeating: "a", count: 64)) /x/../y",
        "folder", "folder /x y", "other /x", "", "folder /\u{7F}", "folder /\(String(repeating: "x", count: 300))",
    ])
    func lineThatIsNoneIsNotUnderstood(line: String) throws {
        let good = String(decoding: PolicyLedger().bytes, as: UTF8.self)
        #expect(PolicyLedger(Array(good.utf8)) == PolicyLedger())
        #expect(PolicyLedger(Array((good + line + "\n").utf8)) == nil)
    }
}
