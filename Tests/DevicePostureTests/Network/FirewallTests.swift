// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// The signal `firewall` of a machine.
@Suite struct FirewallTests {
    private func machine(_ rules: Result<[UInt8], CommandFailure>) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.commands = ScriptedCommands(answers: [.nftablesRuleset: rules])
        machine.write("/proc/net/tcp", "")
        machine.write("/proc/net/if_inet6", "")
        try machine.folder("/sys/class/net/eth0/device")
        return machine
    }

    private static let on = RulesetText.inet(policy: "drop", [])
    private static let off = RulesetText.inet([])

    @Test func kernelThatDropsIsOn() async throws {
        let reading = try await machine(.success(Self.on)).reading(.firewall, as: 0)
        #expect(reading?.state == .known(.boolean(true)))
        #expect(reading?.privilege == .root)
        #expect(
            reading?.evidence == ["IPv4", "IPv6"].map { "\($0): what strangers send is dropped by inet filter input" })
    }

    @Test func kernelThatAcceptsIsOff() async throws {
        #expect(try await machine(.success(Self.off)).reading(.firewall, as: 0)?.state == .known(.boolean(false)))
    }

    @Test func rulesThatCannotBeToldAreUnknown() async throws {
        let rules = RulesetText.inet([Statement.xt("match", "conntrack") + ", " + Statement.drop])
        let reading = try await machine(.success(rules)).reading(.firewall, as: 0)
        #expect(reading?.state.reason?.contains("inet filter input") == true)
    }

    @Test func otherUsersNeedTheHelper() async throws {
        let state = try await machine(.success(Self.on)).reading(.firewall, as: 1000)?.state
        #expect(state?.reason?.contains("needs the posture helper") == true)
    }

    @Test(
        arguments: [
            .failure(.notInstalled), .failure(.timedOut), .failure(.tooMuchOutput), .failure(.ended(status: 1)),
            .failure(.notLive), .success([]), .success(Array("{\"nftables\": [".utf8)), .success([0xff, 0, 1]),
        ] as [Result<[UInt8], CommandFailure>])
    func commandThatGivesNoRulesetIsUnknown(answer: Result<[UInt8], CommandFailure>) async throws {
        #expect(try await machine(answer).reading(.firewall, as: 0)?.state.isUnknown == true)
    }

    @Test func containerHasANetworkOfItsOwn() async throws {
        let machine = try machine(.success(Self.on))
        machine.write("/run/systemd/container", "docker")
        #expect(await machine.reading(.firewall, as: 0)?.state.isNotApplicable == true)
    }

    @Test func sandboxAndWindowsHideIt() async throws {
        let machine = try machine(.success(Self.on))
        machine.write("/.flatpak-info", "")
        #expect(await machine.reading(.firewall, as: 0)?.state.isUnknown == true)
        machine.remove("/.flatpak-info")
        machine.write("/proc/sys/kernel/osrelease", "5.15.90.1-microsoft-standard-WSL2")
        #expect(await machine.reading(.firewall, as: 0)?.state.isUnknown == true)
    }

    @Test func rulesOfTheOlderIptablesAreNotMissed() async throws {
        let machine = try machine(.success(Self.off))
        machine.write("/proc/net/ip_tables_names", "nat\nfilter\n")
        #expect(await machine.reading(.firewall, as: 0)?.state.reason?.contains("filter") == true)
        machine.write("/proc/net/ip_tables_names", "nat\n")
        #expect(await machine.reading(.firewall, as: 0)?.state == .known(.boolean(false)))
        machine.write("/proc/net/ip6_tables_names", "mangle\n")
        #expect(await machine.reading(.firewall, as: 0)?.state.isUnknown == true)
        machine.commands = ScriptedCommands(answers: [.nftablesRuleset: .success(Self.on)])
        #expect(await machine.reading(.firewall, as: 0)?.state == .known(.boolean(true)))
    }

    @Test func olderTablesThatCannotBeReadAreUnknown() async throws {
        let machine = try machine(.success(Self.off))
        try machine.folder("/proc/net/ip_tables_names")
        #expect(await machine.reading(.firewall, as: 0)?.state.isUnknown == true)
    }

    @Test func machineWithoutIPv6NeedsNoRulesForIt() async throws {
        var text = RulesetText()
        text.table("ip", "filter")
        text.chain("ip", "filter", "INPUT", hook: "input", policy: "drop")
        let machine = try machine(.success(text.bytes))
        #expect(await machine.reading(.firewall, as: 0)?.state == .known(.boolean(false)))
        machine.write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1\n")
        #expect(await machine.reading(.firewall, as: 0)?.state == .known(.boolean(true)))
        machine.write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0\n")
        machine.remove("/proc/net/if_inet6")
        #expect(await machine.reading(.firewall, as: 0)?.state == .known(.boolean(true)))
        machine.remove("/proc/net/tcp")
        #expect(await machine.reading(.firewall, as: 0)?.state.isUnknown == true)
    }

    @Test func interfacesAreHardwareAndWhatIsLaidOverIt() throws {
        let machine = try machine(.success([]))
        for name in ["lo", "docker0", "br0", "br0.5", "tailscale0"] { try machine.folder("/sys/class/net/\(name)") }
        machine.link("/sys/class/net/eth0/upper_br0", to: "../br0")
        machine.link("/sys/class/net/br0/upper_br0.5", to: "../br0.5")
        #expect(try FirewallCollector.interfaces(of: machine.system) == ["br0", "br0.5", "eth0"])
        machine.remove("/sys/class/net")
        #expect(try FirewallCollector.interfaces(of: machine.system) == [])
    }
}
