// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

@Suite struct AutomaticUpdatesTests {
    private static let on = "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n"
    private static let path = "/etc/apt/apt.conf.d/20auto-upgrades"

    private func state(_ change: (MachineFixture) -> Void) async throws -> SignalState? {
        let machine = try TestMachine.debian12.make()
        change(machine)
        return await machine.state(.automaticUpdates)
    }

    @Test(
        arguments: [
            (on, true), ("", false), (on + "APT::Periodic::Enable \"0\";\n", false),
            ("APT::Periodic::Unattended-Upgrade \"1\";\n", false),
            ("APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"0\";\n", false),
            ("APT::Periodic::Update-Package-Lists \"always\";\nAPT::Periodic::Unattended-Upgrade \"7\";\n", true),
            ("APT::Periodic::Update-Package-Lists \"1d\";\nAPT::Periodic::Unattended-Upgrade \"12h\";\n", true),
            ("apt::periodic::update-package-lists 1; APT { periodic { UNATTENDED-UPGRADE \"1\"; }; };\n", true),
            ("// " + on.replacing("\n", with: "\n// "), false), ("/* \(on) */", false), ("# x\n" + on, true),
            (on + "#clear APT::Periodic;\n", false),
        ] as [(String, Bool)])
    func settingsAreReadAsAPTReadsThem(text: String, isOn: Bool) async throws {
        #expect(try await state { $0.write(Self.path, text) } == .known(.boolean(isOn)))
    }

    @Test func aLaterFileStandsBeforeAnEarlierOne() async throws {
        #expect(
            try await state { $0.write("/etc/apt/apt.conf.d/99off", "APT::Periodic::Unattended-Upgrade \"0\";\n") }
                == .known(.boolean(false)))
        #expect(
            try await state { $0.write("/etc/apt/apt.conf.d/10off", "APT::Periodic::Unattended-Upgrade \"0\";\n") }
                == .known(.boolean(true)))
        #expect(
            try await state { $0.write("/etc/apt/apt.conf", "APT::Periodic::Unattended-Upgrade \"0\";\n") }
                == .known(.boolean(false)))
        // APT does not read what package managers and editors leave behind.
        #expect(
            try await state {
                $0.write("/etc/apt/apt.conf.d/99off.dpkg-old", "APT::Periodic::Unattended-Upgrade \"0\";\n")
            }
                == .known(.boolean(true)))
    }

    @Test(arguments: ["/usr/bin/unattended-upgrade", "/etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer"])
    func whatInstallsThemHasToBeThere(path: String) async throws {
        #expect(try await state { $0.remove(path) } == .known(.boolean(false)))
    }

    @Test func aMaskedTimerDoesNothing() async throws {
        let masked = try await state { machine in
            machine.write("/dev/null", "")
            machine.link("/etc/systemd/system/apt-daily-upgrade.timer", to: "/dev/null")
        }
        #expect(masked == .known(.boolean(false)))
    }

    @Test func settingsWithoutAnOriginInstallNothing() async throws {
        #expect(
            try await state {
                $0.write("/etc/apt/apt.conf.d/50unattended-upgrades", "Unattended-Upgrade::Allowed-Origins { };\n")
            }
                == .known(.boolean(false)))
        let foreign = "Unattended-Upgrade::Allowed-Origins { \"Google LLC:stable\"; };\n"
        #expect(try await state { $0.write("/etc/apt/apt.conf.d/50unattended-upgrades", foreign) }?.isUnknown == true)
    }

    @Test(arguments: ["APT {", "APT::Periodic::Enable \"1\n", "/* x", "}", "a b c d;", "#include \"/x\";", "\u{0}"])
    func whatIsNotUnderstoodIsUnknown(text: String) async throws {
        #expect(try await state { $0.write("/etc/apt/apt.conf.d/99x", text) }?.isUnknown == true)
    }

    @Test(
        arguments: [
            ("apply_updates = yes", true, true), ("apply_updates = yes", false, false),
            ("apply_updates = no", true, false),
            ("#apply_updates = yes", true, false), ("apply_updates=True", true, true), ("", true, false),
        ] as [(String, Bool, Bool)])
    func dnfInstallsWhereItIsToldAndItsTimerRuns(setting: String, hasTimer: Bool, isOn: Bool) async throws {
        let machine = try TestMachine.rhel9.make()
        machine.write("/etc/dnf/automatic.conf", "[commands]\n\(setting)\n[emitters]\napply_updates = yes\n")
        if hasTimer { machine.enable("dnf-automatic.timer") }
        #expect(await machine.state(.automaticUpdates) == .known(.boolean(isOn)))
    }

    /// DNF 5's first versions had it elsewhere; the present ones take that where the usual one is missing, and warn.
    @Test func dnf5ReadsItsFormerFileWhereTheUsualOneIsMissing() async throws {
        let machine = try TestMachine.fedoraWorkstation.make()
        machine.remove("/etc/dnf/automatic.conf")
        #expect(await machine.state(.automaticUpdates) == .known(.boolean(false)))
        machine.write("/etc/dnf/dnf5-plugins/automatic.conf", "[commands]\napply_updates = yes\n")
        #expect(await machine.state(.automaticUpdates) == .known(.boolean(true)))
        machine.write("/etc/dnf/automatic.conf", "[commands]\napply_updates = no\n")
        #expect(await machine.state(.automaticUpdates) == .known(.boolean(false)))
    }

    @Test(arguments: [("none", false), ("check", false), ("stage", true), ("apply", true)])
    func rpmOSTreeStagesOrApplies(policy: String, isOn: Bool) async throws {
        let machine = try TestMachine.fedoraSilverblue.make()
        machine.write("/etc/rpm-ostreed.conf", "[Daemon]\nAutomaticUpdatePolicy=\(policy)\n")
        #expect(await machine.state(.automaticUpdates) == .known(.boolean(isOn)))
        machine.remove("/etc/systemd/system/timers.target.wants/rpm-ostreed-automatic.timer")
        #expect(await machine.state(.automaticUpdates) == .known(.boolean(false)))
    }

    @Test(
        .enabled(if: Tool.exists("apt-config"), "APT is not installed"),
        arguments: [
            on, "A::B \"c\"; A::b \"d\";", "A { B \"1\"; C { D \"2\"; }; };\nE \"x y\";",
            "A::B \"//c\"; // d\nF /* g */ \"h\";",
            "A \"1\"; A { B \"2\"; };", "A::B 1;\nA::C two;\n", "Zoo::List { \"a\"; \"b\"; };\nZoo::Other \"c\";",
            "A::B \"1\";\n#clear A::B;\nA::C \"2\";", "# A::B \"1\";\nA::D \"e\";", "A::B \"1\";A::C \"2\";\n\n\n",
        ])
    func valuesAreThoseOfAptConfig(text: String) throws {
        let machine = try MachineFixture()
        machine.write("/etc/apt/apt.conf.d/50test", text + "\n")
        machine.write("/first.conf", "Dir \"\(machine.root)\";\n")
        let result = try #require(Tool("apt-config")).run(
            ["dump"], environment: ["APT_CONFIG": machine.root + "/first.conf"])
        #expect(result.status == 0)
        var theirs: [String: String] = [:]
        for line in result.output.split(separator: "\n") {
            guard let space = line.firstIndex(of: " ") else { continue }
            theirs[line[..<space].lowercased()] = String(line[space...].dropFirst(2).dropLast(2))
        }
        let ours = try AptConfiguration(in: machine.system)
        #expect(!ours.values.isEmpty)
        for (key, value) in ours.values { #expect(theirs[key] == value, "\(key)") }
        for (key, values) in ours.lists {
            #expect(values.contains(theirs[key + "::"] ?? ""), "\(key)")
        }
        for (key, value) in theirs where ["a", "e", "f", "zoo"].contains(key.split(separator: ":").first ?? "") {
            if key.hasSuffix("::") || value.isEmpty { continue }
            #expect(ours.values[key] == value, "\(key)")
        }
    }
}
