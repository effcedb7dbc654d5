// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

@testable import DevicePosture

/// Which browsers are installed.
@Suite struct BrowsersTests {
    private func machine() throws -> MachineFixture {
        let machine = try MachineFixture()
        try machine.folder("/usr/bin")
        return machine
    }

    private func strings(_ machine: MachineFixture) async -> [String]? {
        guard case .strings(let texts)? = await machine.reading(.browsers)?.value else { return nil }
        return texts
    }

    @Test func readsDebianPackages() async throws {
        let machine = try machine()
        machine.write(
            "/var/lib/dpkg/status",
            """
            Package: firefox-esr
            Status: install ok installed
            Priority: optional
            Version: 128.9.0esr-1~deb12u1
            Description: browser
             Version: 1

            Package: chromium
            Version: 2:135.0.7049.95-1~deb12u1
            Status: hold ok installed

            Package: google-chrome-stable
            Status: deinstall ok config-files
            Version: 100.0-1

            Package: firefox
            Status: install ok installed
            Version: 1:1snap1-0ubuntu5

            Package: not-a-browser
            Status: install ok installed
            Version: 1

            Package: microsoft-edge-stable
            Status: install ok installed
            Version: 135.0.3179.85-1


            """)
        #expect(
            await strings(machine) == [
                "chromium=135.0.7049.95", "edge=135.0.3179.85", "firefox-esr=128.9.0esr",
            ])
    }

    @Test func readsOtherPackageManagers() async throws {
        let machine = try machine()
        try machine.folder("/var/lib/pacman/local/firefox-1:138.0-1")
        try machine.folder("/var/lib/pacman/local/firefox-i18n-de-138.0-1")
        machine.write("/snap/x1/meta/snap.yaml", "name: chromium\nversion: '135.0.7049.95'\n")
        machine.link("/snap/chromium/current", to: "../x1")
        machine.write("/snap/firefox/current/meta/snap.yaml", "name: firefox\nversion: 137.0.2-1\nsummary: a\n")
        let top = "/var/lib/flatpak/app/com.brave.Browser/current/active/files/share"
        machine.write(
            "\(top)/metainfo/com.brave.Browser.metainfo.xml",
            "<component><releases>\n<release timestamp='1' version='1.77.100'/>\n<release version=\"1.76\"/></releases></component>"
        )
        try machine.folder("/home/alice/.local/share/flatpak/app/com.google.Chrome/current/active")
        #expect(
            await strings(machine) == [
                "brave=1.77.100", "chrome", "chromium=135.0.7049.95", "firefox=137.0.2", "firefox=138.0",
            ])
    }

    @Test func asksRPM() async throws {
        let machine = try machine()
        machine.write("/usr/lib/sysimage/rpm/rpmdb.sqlite", "")
        machine.commands = ScriptedCommands(answers: [
            .rpmBrowsers: .success(Array("firefox 138.0\ngoogle-chrome-stable 135.0.7049.95\nrpm 4.20\nfirefox\n".utf8))
        ])
        #expect(await strings(machine) == ["chrome=135.0.7049.95", "firefox=138.0"])
        machine.commands = ScriptedCommands(answers: [.rpmBrowsers: .success(Array("firefox 138.0\n".utf8))])
        #expect(await machine.reading(.browsers)?.state.isUnknown == true)
        machine.commands = ScriptedCommands(answers: [.rpmBrowsers: .failure(.timedOut)])
        #expect(await machine.reading(.browsers)?.state.isUnknown == true)
    }

    @Test func machineOfAnotherPackageManagerIsUnknown() async throws {
        #expect(try await machine().reading(.browsers)?.state.isUnknown == true)
        let machine = try machine()
        machine.write("/var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\nVersion: 5\n\n")
        #expect(await strings(machine) == [])
    }

    @Test func databaseThatCannotBeReadIsUnknown() async throws {
        let machine = try machine()
        try machine.folder("/var/lib/dpkg/status")
        #expect(await machine.reading(.browsers)?.state.isUnknown == true)
    }

    @Test(
        arguments: [
            ("1:128.0-2ubuntu1", "128.0"), ("128.0", "128.0"), ("2:1snap1-0ubuntu2", nil), ("", nil), ("1:", nil),
            ("1.0-2-3", "1.0-2"), ("a b", nil), ("-", nil),
        ] as [(String, String?)])
    func cutsDebianVersionsToTheProgramsOwn(text: String, expected: String?) {
        #expect(PackageVersion(text).flatMap(PackageVersions.upstream) == expected)
    }

    @Test func foundBrowsersAreKeptUntilAFileChanges() async throws {
        let machine = try machine()
        machine.write("/var/lib/dpkg/status", "Package: falkon\nStatus: install ok installed\nVersion: 3-1\n\n")
        var view = machine.system
        view.facts = LastingFacts()
        // What was changed just now may change again within the same tick, so it is not kept.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: machine.root + "/var/lib/dpkg/status")
        let collector = BrowsersCollector()
        #expect(await collector.collect([.browsers], in: view)[.browsers]?.value == .strings(["falkon=3"]))
        machine.write("/var/lib/dpkg/status", "Package: falkon\nStatus: install ok installed\nVersion: 44-1\n\n")
        #expect(await collector.collect([.browsers], in: view)[.browsers]?.value == .strings(["falkon=44"]))
    }
}
