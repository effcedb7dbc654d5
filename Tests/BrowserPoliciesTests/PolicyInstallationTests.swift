// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import WireProtocol

@testable import BrowserPolicies
@testable import DevicePosture

/// Policies are written where browsers read them, and removed without a trace.
@Suite struct PolicyInstallationTests {
    private static let chromium = "/etc/chromium/policies/managed/countersign-loopback.json"
    private static let firefox = "/etc/firefox/policies/policies.json"
    private let document: PolicyDocument
    private let tree: PolicyTree

    init() throws {
        document = try PolicyTree.document("https://id.example.com")
        tree = try PolicyTree()
    }

    @Test(arguments: PolicyBrowser.all.map(\.name))
    func eachBrowserLetsThePageThroughAndAsksAfterRemoval(name: String) throws {
        let browser = try #require(PolicyBrowser.all.first { $0.name == name })
        try tree.install(browser)
        let before = tree.everything()
        #expect(tree.installation.installedBrowsers().map(\.name) == [name])
        #expect(try tree.states(of: name, document: document) == [.written])
        let view = SystemView.files(below: tree.root)
        #expect(LoopbackGrant.read(for: ["https://id.example.com"], in: view).map(\.state) == [.allowed])
        #expect(LoopbackGrant.read(for: ["https://other.example.com"], in: view).map(\.state) == [.notSet])
        #expect(try tree.installation.remove(at: nil).map(\.state) == [.removed])
        #expect(tree.everything() == before)
    }

    @Test func allBrowsersAtOnceLeaveNothingBehind() throws {
        try tree.write("/etc/chromium/policies/managed/corporate.json", #"{"ShowHomeButton": true}"#)
        try tree.write("/etc/chromium/master_preferences", "{}")
        let before = tree.everything()
        let places = PolicyPlace.places(of: PolicyBrowser.all)
        // The file of Firefox's package is that of its ESR, too.
        #expect(places.count == PolicyBrowser.all.count - 1)
        #expect(try tree.installation.install(document, at: places).allSatisfy { $0.state == .written })
        #expect(try tree.installation.remove(at: nil).allSatisfy { $0.state == .removed })
        #expect(tree.everything() == before)
    }

    @Test func secondRunChangesNothing() throws {
        #expect(try tree.states(of: "chromium", "firefox", document: document) == [.written, .written])
        let after = tree.everything()
        #expect(try tree.states(of: "chromium", "firefox", document: document) == [.unchanged, .unchanged])
        #expect(tree.everything() == after)
    }

    @Test func laterOriginsTakeThePlaceOfTheFormer() throws {
        _ = try tree.states(of: "chromium", "firefox", document: document)
        let other = try PolicyTree.document("https://sso.example.org:8443")
        #expect(try tree.states(of: "chromium", "firefox", document: other) == [.written, .written])
        #expect(tree.read(Self.chromium)?.contains("id.example.com") == false)
        #expect(tree.read(Self.firefox)?.contains("sso.example.org") == true)
        _ = try tree.installation.remove(at: nil)
        #expect(tree.read(Self.chromium) == nil)
        #expect(tree.read(PolicyLedger.path) == nil)
    }

    @Test func oneBrowserCanBeTakenBack() throws {
        _ = try tree.states(of: "chromium", "firefox", document: document)
        #expect(try tree.installation.remove(at: PolicyTree.places(["firefox"])).map(\.state) == [.removed])
        #expect(tree.read(Self.firefox) == nil)
        #expect(tree.read(Self.chromium) != nil)
        #expect(try tree.installation.remove(at: nil).map(\.state) == [.removed])
        #expect(tree.everything().keys.sorted() == ["/etc", "/usr", "/usr/bin", "/var", "/var/lib"])
    }

    @Test func everybodyMayReadWhateverTheMaskOfNewFiles() throws {
        let mask = umask(0o077)
        defer { umask(mask) }
        _ = try tree.states(of: "edge", document: document)
        var status = stat()
        #expect(stat(tree.root + "/etc/opt/edge/policies/managed/countersign-loopback.json", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o644)
        #expect(stat(tree.root + "/etc/opt/edge/policies", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o755)
    }

    // MARK: Others' files

    @Test(arguments: [
        ("chromium", "/etc/chromium/policies/managed/countersign-loopback.json"),
        ("firefox", "/etc/firefox/policies/policies.json"),
        ("firefox-esr", "/etc/firefox/policies/policies.json"),
    ])
    func fileOfSomebodyElseStays(name: String, path: String) throws {
        try tree.write(path, #"{"policies": {"DisableTelemetry": true}}"#)
        let before = tree.everything()
        #expect(try tree.states(of: name, document: document) == [.refused(.anothers(path: path))])
        #expect(try tree.installation.remove(at: nil).isEmpty)
        #expect(tree.everything() == before)
    }

    @Test func fileThatWasChangedSinceIsTheirsWhoChangedIt() throws {
        _ = try tree.states(of: "chromium", "firefox", document: document)
        try tree.write(Self.firefox, #"{"policies": {"DisableTelemetry": true}}"#)
        let other = try PolicyTree.document("https://sso.example.org")
        let states = try tree.states(of: "chromium", "firefox", document: other)
        #expect(states == [.written, .refused(.anothers(path: Self.firefox))])
        #expect(
            try tree.installation.remove(at: nil).map(\.state)
                == [.removed, .refused(.anothers(path: Self.firefox))])
        #expect(tree.read(Self.firefox) == #"{"policies": {"DisableTelemetry": true}}"#)
        #expect(tree.read(Self.chromium) == nil)
    }

    @Test func sameFileOfSomebodyElseIsGoodEnoughAndStaysTheirs() throws {
        let text = String(decoding: document.chromiumFile(), as: UTF8.self)
        try tree.write(Self.chromium, text)
        #expect(try tree.states(of: "chromium", document: document) == [.unchanged])
        #expect(try tree.installation.remove(at: nil).isEmpty)
        #expect(tree.read(Self.chromium) == text)
    }

    @Test(arguments: ["10-corporate.json", "zz.json", "backup.json.bak", ".hidden"])
    func policyThatAnotherFileSetsIsNotHidden(name: String) throws {
        let path = "/etc/opt/chrome/policies/managed/\(name)"
        try tree.write(path, #"{/* ours */ "LoopbackNetworkAllowedForUrls": ["https://crm.example.com"],}"#)
        #expect(try tree.states(of: "chrome", document: document) == [.refused(.setElsewhere(path: path))])
        try tree.write(path, #"{"LoopbackNetworkBlockedForUrls": ["https://crm.example.com"]}"#)
        #expect(try tree.states(of: "chrome", document: document) == [.written])
    }

    @Test func policyOfAnotherExtensionOfTheFlatpakIsNotHidden() throws {
        let flatpak = try #require(PolicyBrowser.all.first { $0.name == "chromium-flatpak" })
        let path = flatpak.folder.replacing("Extension.countersign", with: "Extension.corporate") + "/a.json"
        try tree.write(path, #"{"LoopbackNetworkAllowedForUrls": []}"#)
        #expect(try tree.states(of: "chromium-flatpak", document: document) == [.refused(.setElsewhere(path: path))])
    }

    @Test func olderPolicyOfAnotherFileMattersOnlyWhereItIsWritten() throws {
        try tree.write("/etc/opt/edge/policies/managed/a.json", #"{"LocalNetworkAccessAllowedForUrls": []}"#)
        let older = try PolicyTree.document("https://id.example.com", older: true)
        #expect(
            try tree.states(of: "edge", document: older)
                == [.refused(.setElsewhere(path: "/etc/opt/edge/policies/managed/a.json"))])
        #expect(try tree.states(of: "edge", document: document) == [.written])
    }

    @Test func fileThatCameWithFirefoxIsNotHidden() throws {
        let path = "/usr/lib64/firefox/distribution/policies.json"
        try tree.write(path, #"{"policies": {}}"#)
        #expect(try tree.states(of: "firefox", document: document) == [.refused(.wouldHide(path: path))])
        #expect(tree.read(Self.firefox) == nil)
    }

    @Test func folderThatSomebodyElsePutAFileIntoStays() throws {
        _ = try tree.states(of: "brave", document: document)
        try tree.write("/etc/brave/policies/managed/corporate.json", "{}")
        #expect(try tree.installation.remove(at: nil).map(\.state) == [.removed])
        #expect(tree.read("/etc/brave/policies/managed/corporate.json") == "{}")
        #expect(tree.read(PolicyLedger.path) == nil)
    }

    @Test func fileThatIsGoneAlreadyIsNoFailure() throws {
        _ = try tree.states(of: "brave", document: document)
        unlink(tree.root + "/etc/brave/policies/managed/countersign-loopback.json")
        #expect(try tree.installation.remove(at: nil).map(\.state) == [.absent])
        #expect(tree.everything()["/etc/brave"] == nil)
    }
}
