// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Which pages the browsers' policies let reach the agent.
@Suite struct LoopbackPoliciesTests {
    private static let origin = "https://id.example.com"

    private func machine() throws -> MachineFixture {
        let machine = try MachineFixture()
        try machine.folder("/usr/bin")
        return machine
    }

    private func strings(_ machine: MachineFixture, _ origins: String...) async -> [String]? {
        let origins = origins.isEmpty ? [Self.origin] : origins
        guard case .strings(let texts)? = await machine.reading(.browserLoopbackPolicies, origins: origins)?.value
        else { return nil }
        return texts
    }

    @Test func deviceWithoutEnrolmentsHasNone() async throws {
        let state = try await machine().reading(.browserLoopbackPolicies, as: 1000, origins: [])?.state
        #expect(state?.isNotApplicable == true)
    }

    @Test func enrolmentsThatCannotBeReadAreNotTakenForNone() async throws {
        #expect(try await machine().reading(.browserLoopbackPolicies)?.state.isUnknown == true)
    }

    @Test func browserWithoutPolicyAsks() async throws {
        let machine = try machine()
        machine.write("/usr/bin/google-chrome", "")
        machine.write("/usr/bin/firefox", "")
        #expect(await strings(machine) == ["chrome \(Self.origin)=notSet", "firefox \(Self.origin)=notSet"])
    }

    @Test(
        arguments: [
            (#"{"LoopbackNetworkAllowedForUrls": ["https://id.example.com"]}"#, "allowed"),
            (#"{"LocalNetworkAccessAllowedForUrls": ["[*.]example.com"]}"#, "allowed"),
            (
                #"{"LoopbackNetworkAllowedForUrls": ["*"], "LoopbackNetworkBlockedForUrls": ["https://id.example.com"]}"#,
                "blocked"
            ),
            (
                #"{"LoopbackNetworkAllowedForUrls": ["id.example.com"], "LocalNetworkAccessBlockedForUrls": ["*"]}"#,
                "allowed"
            ),
            (
                #"{"LocalNetworkAccessAllowedForUrls": ["*"], "LocalNetworkAccessBlockedForUrls": ["https://*"]}"#,
                "blocked"
            ),
            (#"{"LoopbackNetworkAllowedForUrls": ["https://other.example.com"]}"#, "notSet"),
            (#"{"LocalNetworkAccessRestrictionsTemporaryOptOut": true}"#, "allowed"),
            (#"{"LocalNetworkAllowedForUrls": ["*"]}"#, "notSet"), ("{}", "notSet"),
        ] as [(String, String)])
    func chromiumsPoliciesStandInTheirOrder(policy: String, word: String) async throws {
        let machine = try machine()
        machine.write("/etc/opt/chrome/policies/managed/a.json", policy)
        #expect(await strings(machine) == ["chrome \(Self.origin)=\(word)"])
    }

    @Test func fileThatSortsLastStands() async throws {
        let machine = try machine()
        machine.write("/etc/chromium/policies/managed/10.json", #"{"LoopbackNetworkAllowedForUrls": ["*"]}"#)
        machine.write("/etc/chromium/policies/managed/20.json", #"{"LoopbackNetworkAllowedForUrls": []}"#)
        #expect(await strings(machine) == ["chromium \(Self.origin)=notSet"])
    }

    @Test(arguments: ["30.json.bak", "30", ".30.json"])
    func chromiumReadsFilesWhateverTheirNames(name: String) async throws {
        let machine = try machine()
        machine.write("/etc/chromium/policies/managed/.20.json", #"{"LoopbackNetworkAllowedForUrls": []}"#)
        machine.write("/etc/chromium/policies/managed/\(name)", #"{"LoopbackNetworkAllowedForUrls": ["*"]}"#)
        #expect(await strings(machine) == ["chromium \(Self.origin)=allowed"])
    }

    @Test func snapsAndFlatpaksHavePlacesOfTheirOwn() async throws {
        let machine = try machine()
        for path in ["/snap/chromium/current", "/snap/firefox/current", "/var/lib/flatpak/app/com.google.Chrome"] {
            try machine.folder(path)
        }
        try machine.folder("/home/alice/.local/share/flatpak/app/org.mozilla.firefox")
        #expect(
            await strings(machine)
                == ["chrome", "chromium-snap", "firefox", "firefox-flatpak"].map { "\($0) \(Self.origin)=notSet" })
        let policy = #"{"LoopbackNetworkAllowedForUrls": ["\#(Self.origin)"]}"#
        machine.write("/etc/chromium-browser/policies/managed/a.json", policy)
        machine.write("/etc/opt/chrome/policies/managed/a.json", policy)
        let firefox = #"{"policies": {"LocalNetworkAccess": {"SkipDomains": ["id.example.com"]}}}"#
        let folder = try #require(PolicyBrowser.all.first { $0.name == "firefox-flatpak" }).folder
        machine.write("\(folder)/policies.json", firefox)
        machine.write("/etc/firefox/policies/policies.json", #"{"policies": {"LocalNetworkAccess": {}}}"#)
        #expect(
            await strings(machine)
                == [
                    "chrome \(Self.origin)=allowed", "chromium-snap \(Self.origin)=allowed",
                    "firefox \(Self.origin)=notSet", "firefox-flatpak \(Self.origin)=allowed",
                ])
    }

    @Test func extensionsOfChromiumsFlatpakCountTogether() async throws {
        let machine = try machine()
        try machine.folder("/var/lib/flatpak/app/org.chromium.Chromium")
        let own = try #require(PolicyBrowser.all.first { $0.name == "chromium-flatpak" }).folder
        let other = own.replacing("Extension.countersign", with: "Policy.corporate")
        machine.write("\(own)/a.json", #"{"LoopbackNetworkAllowedForUrls": ["*"]}"#)
        #expect(await strings(machine) == ["chromium-flatpak \(Self.origin)=allowed"])
        machine.write("\(other)/b.json", #"{"LoopbackNetworkBlockedForUrls": ["*"]}"#)
        #expect(await strings(machine) == ["chromium-flatpak \(Self.origin)=blocked"])
    }

    @Test func firefoxESRHasNoFolderOfItsOwnInEtc() async throws {
        let machine = try machine()
        machine.write("/usr/bin/firefox-esr", "")
        let policy = #"{"policies": {"LocalNetworkAccess": {"SkipDomains": ["*"]}}}"#
        machine.write("/etc/firefox-esr/policies/policies.json", policy)
        #expect(await strings(machine) == ["firefox-esr \(Self.origin)=notSet"])
        machine.write("/usr/lib/firefox-esr/distribution/policies.json", policy)
        #expect(await strings(machine) == ["firefox-esr \(Self.origin)=allowed"])
    }

    @Test(
        arguments: [
            (#"{"policies": {"LocalNetworkAccess": {"SkipDomains": ["id.example.com"]}}}"#, "allowed"),
            (#"{"policies": {"LocalNetworkAccess": {"SkipDomains": ["*.example.com"]}}}"#, "allowed"),
            (#"{"policies": {"LocalNetworkAccess": {"SkipDomains": ["example.com"]}}}"#, "notSet"),
            (#"{"policies": {"LocalNetworkAccess": {"SkipDomains": ["*.id.example.com"]}}}"#, "allowed"),
            (#"{"policies": {"LocalNetworkAccess": {"SkipDomains": ["*.d.example.com", "*."]}}}"#, "notSet"),
            (#"{"policies": {"LocalNetworkAccess": {"SkipDomains": ["*"]}}}"#, "allowed"),
            (#"{"policies": {"LocalNetworkAccess": {"Enabled": false}}}"#, "allowed"),
            (#"{"policies": {"LocalNetworkAccess": {"Enabled": true, "EnablePrompting": false}}}"#, "blocked"),
            (#"{"policies": {}}"#, "notSet"),
        ] as [(String, String)])
    func firefoxHasPoliciesOfItsOwn(policy: String, word: String) async throws {
        let machine = try machine()
        machine.write("/usr/bin/firefox", "")
        machine.write("/usr/lib/firefox/distribution/policies.json", policy)
        #expect(await strings(machine) == ["firefox \(Self.origin)=\(word)"])
        // The system's file stands before the one that came with the program.
        machine.write("/etc/firefox/policies/policies.json", #"{"policies": {}}"#)
        #expect(await strings(machine) == ["firefox \(Self.origin)=notSet"])
    }

    @Test(
        arguments: [
            "", "[]", "{", "{\"LoopbackNetworkAllowedForUrls\": \"*\"}", "{\"LoopbackNetworkAllowedForUrls\": [1]}",
        ])
    func policyThatIsNotUnderstoodIsUnknown(text: String) async throws {
        let machine = try machine()
        machine.write("/etc/opt/edge/policies/managed/a.json", text)
        let state = await machine.reading(.browserLoopbackPolicies, origins: [Self.origin])?.state
        #expect(state?.isUnknown == true)
    }

    @Test func policyThatMayNotBeReadIsUnknown() async throws {
        let machine = try machine()
        try machine.folder("/etc/brave/policies/managed/a.json")
        let grants = LoopbackGrant.read(for: [Self.origin], in: machine.system)
        #expect(grants.count == 1)
        guard case .unknown? = grants.first?.state else {
            Issue.record("\(grants)")
            return
        }
    }

    @Test(
        arguments: [
            ("*", true), ("https://id.example.com", true), ("https://id.example.com:443", true),
            ("https://id.example.com:8443", false), ("http://id.example.com", false), ("*://id.example.com", true),
            ("id.example.com", true), ("[*.]example.com", true), ("[*.]d.example.com", false), ("[*.]ample.com", false),
            ("https://[*.]id.example.com", true),
            ("example.com", false), ("https://*", true), ("https://*:443", true), ("https://ID.example.com/", true),
            ("https://id.example.com/*", true), ("https://id.example.com/path", false), ("", false), ("[*.]", false),
            ("https://evil.com#id.example.com", false),
        ] as [(String, Bool)])
    func patternsOfContentSettings(pattern: String, expected: Bool) throws {
        #expect(try #require(WebOrigin(Self.origin)).matches(contentPattern: pattern) == expected)
    }

    @Test(
        arguments: [
            "", "id.example.com", "ftp://x", "https://", "https://x/y", "https://user@x", "https://x:0",
            "https://x:99999",
            "https://*", "https://x:y",
        ])
    func whatIsNoOriginIsRefused(text: String) {
        #expect(WebOrigin(text) == nil)
    }

    @Test func originOfAPortIsAnotherOne() {
        #expect(WebOrigin("http://LOCALHOST:8080/")?.port == 8080)
        #expect(WebOrigin("http://[::1]:9")?.host == "[::1]")
        #expect(WebOrigin("http://[::1]")?.port == 80)
    }
}
