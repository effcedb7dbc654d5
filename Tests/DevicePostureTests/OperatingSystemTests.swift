// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

@testable import DevicePosture

@Suite struct OperatingSystemTests {
    private func release(_ text: String) -> [String: String] { OSRelease(parsing: Array(text.utf8)).values }

    @Test(
        arguments: [
            ("A=b", "b"), (#"A="b c""#, "b c"), ("A='b c'", "b c"), (#"A="a\"b\\c\$d\`e""#, #"a"b\c$d`e"#),
            (#"A="a\nb""#, #"a\nb"#),
            (#"A='a\b$c'"#, #"a\b$c"#), (#"A=a\ b"#, "a b"), ("A=", ""), (#"A="""#, ""), ("A=b # comment", "b"),
            ("  A=b  ", "b"),
            ("A=$HOME", "$HOME"), (#"A=a"b c"'d'"#, "ab cd"), ("A=b\r", "b"), ("A=b\nA=c", "c"), ("A=b\n#A=c", "b"),
            ("A=\"Grün\"", "Grün"), ("A=b=c", "b=c"),
        ] as [(String, String)])
    func readsAssignmentsAsAShellDoes(text: String, expected: String) {
        #expect(release(text)["A"] == expected)
    }

    @Test(arguments: ["", "# A=b", "=b", "A", "A-B=c", #"A="b"#, "A='b", "A=b\\", "A=b c", "\0"] as [String])
    func skipsWhatIsNoAssignment(text: String) {
        #expect(release(text).isEmpty)
    }

    private func machine(_ release: String, debian: String? = nil) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.write("/usr/lib/os-release", release)
        machine.link("/etc/os-release", to: "../usr/lib/os-release")
        if let debian { machine.write("/etc/debian_version", debian) }
        return machine
    }

    @Test(
        arguments: [
            ("ID=debian\nVERSION_ID=\"12\"\n", "12.9\n", "debian", "12.9"),
            ("ID=debian\nVERSION_ID=\"12\"\n", "trixie/sid\n", "debian", "12"),
            ("ID=debian\nVERSION_ID=\"12\"\n", "13.1\n", "debian", "12"),
            ("ID=debian\nVERSION_ID=\"12\"\n", nil, "debian", "12"),
            ("ID=ubuntu\nVERSION_ID=\"24.04\"\n", "trixie/sid\n", "ubuntu", "24.04"),
            ("ID=mint\nVERSION_ID=6\n", "6.5\n", "mint", "6"),
            ("ID=fedora\nVERSION_ID=42\n", nil, "fedora", "42"), ("NAME=x\nVERSION_ID=1\n", nil, "linux", "1"),
        ] as [(String, String?, String, String)])
    func readsNameAndVersion(release: String, debian: String?, name: String, version: String) async throws {
        let machine = try machine(release, debian: debian)
        #expect(await machine.state(.osName) == .known(.string(name)))
        #expect(await machine.state(.osVersion) == .known(.string(version)))
    }

    @Test(
        arguments: [
            ("debian-12", "debian", "12"), ("ubuntu-24.04", "ubuntu", "24.04"), ("fedora-42", "fedora", "42"),
            ("arch", "arch", nil),
            ("opensuse-tumbleweed", "opensuse-tumbleweed", "20250601"), ("alpine-3.20", "alpine", "3.20.3"),
            ("debian-testing", "debian", nil),
        ] as [(String, String, String?)])
    func readsTheFilesOfDistributions(file: String, name: String, version: String?) async throws {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        let text = try String(contentsOf: folder.appending(path: "os-release/\(file)"), encoding: .utf8)
        let machine = try machine(text)
        #expect(await machine.state(.osName) == .known(.string(name)))
        let state = await machine.state(.osVersion)
        if let version {
            #expect(state == .known(.string(version)))
            #expect(DottedVersion(version) != nil)
        } else {
            #expect(state?.isUnknown == true || state?.isNotApplicable == true)
        }
    }

    @Test func rollingReleaseHasNoVersion() async throws {
        let machine = try machine("ID=arch\nBUILD_ID=rolling\n")
        #expect(await machine.state(.osVersion)?.isNotApplicable == true)
    }

    @Test(arguments: ["ID=debian\n", "ID=debian\nVERSION_ID=\n", "ID=x\nVERSION_ID=\"1 2\"\n"] as [String])
    func missingVersionIsUnknown(release: String) async throws {
        #expect(await (try machine(release, debian: "trixie/sid")).state(.osVersion)?.isUnknown == true)
    }

    @Test(arguments: ["ID=Debian GNU\n", "ID='a b'\n", "ID=\"a/b\"\n", "ID=ü\n"] as [String])
    func malformedNameIsUnknown(release: String) async throws {
        let state = await (try machine(release)).state(.osName)
        #expect(state?.isUnknown == true || state == .known(.string("linux")))
    }

    @Test func theFileInEtcComesFirst() async throws {
        let machine = try MachineFixture()
        machine.write("/usr/lib/os-release", "ID=generic\n")
        #expect(await machine.state(.osName) == .known(.string("generic")))
        machine.write("/etc/os-release", "ID=special\n")
        #expect(await machine.state(.osName) == .known(.string("special")))
    }

    @Test func absoluteLinksStayBelowTheRoot() async throws {
        let machine = try MachineFixture()
        machine.write("/nix/store/abc-os-release", "ID=nixos\nVERSION_ID=\"25.05\"\n")
        machine.link("/etc/os-release", to: "/nix/store/abc-os-release")
        #expect(await machine.state(.osName) == .known(.string("nixos")))
    }

    @Test func sandboxReadsTheHostsFile() async throws {
        let machine = try machine("ID=org.freedesktop.platform\nVERSION_ID=24.08\n")
        machine.write("/.flatpak-info", "[Application]\n")
        #expect(await machine.state(.osName)?.isUnknown == true)
        machine.write("/run/host/os-release", "ID=fedora\nVERSION_ID=42\n")
        #expect(await machine.state(.osName) == .known(.string("fedora")))
    }

    @Test func missingFilesAreUnknown() async throws {
        let machine = try MachineFixture()
        machine.remove("/proc/sys/kernel/osrelease")
        for name in [SignalName.osName, .osVersion, .kernelVersion] {
            #expect(await machine.state(name)?.isUnknown == true)
        }
    }

    @Test func readsKernelAndPlatform() async throws {
        let machine = try MachineFixture()
        #expect(await machine.state(.kernelVersion) == .known(.string("6.1.0-27-amd64")))
        #expect(await machine.state(.platform) == .known(.string("LINUX")))
    }
}
