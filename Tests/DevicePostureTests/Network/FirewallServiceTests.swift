// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import MessageBus
import Testing

@testable import DevicePosture

/// The hint `firewallService`.
@Suite struct FirewallServiceTests {
    private func value(_ machine: MachineFixture, _ services: ScriptedUnits) async -> String? {
        let reading = await machine.reading(.firewallService, services: services)
        guard case .string(let text)? = reading?.value else { return nil }
        #expect(reading?.evidence.first?.contains("hint") == true)
        return text
    }

    private func units(_ names: String...) -> ScriptedUnits {
        ScriptedUnits(units: Dictionary(uniqueKeysWithValues: names.map { ($0 + ".service", ("loaded", "active")) }))
    }

    @Test func nothingInstalledIsNone() async throws {
        #expect(try await value(MachineFixture(), ScriptedUnits()) == "none")
    }

    @Test(
        arguments: [
            ("public", "on"), ("drop", "on"), ("trusted", "off"), ("FedoraWorkstation", "open"), ("open", "off"),
            ("ruled", "on"),
        ] as [(String, String)])
    func firewalldIsJudgedByItsDefaultZone(zone: String, state: String) async throws {
        let machine = try MachineFixture()
        machine.write(
            "/usr/lib/firewalld/zones/drop.xml", #"<?xml version="1.0"?><zone target="DROP"><short>Drop</short></zone>"#
        )
        machine.write(
            "/etc/firewalld/zones/open.xml",
            "<?xml version='1.0'?>\n<!-- <zone target=\"DROP\"> -->\n<zone\n version=\"1\" target='ACCEPT'>\n</zone>")
        machine.write("/usr/lib/firewalld/zones/public.xml", "<zone><service name=\"ssh\"/></zone>")
        machine.write("/usr/lib/firewalld/zones/FedoraWorkstation.xml", Self.fedora)
        machine.write(
            "/etc/firewalld/zones/ruled.xml",
            "<zone><rule family='ipv4'><source address='10.0.0.0/8'/><port port='1-65535' protocol='tcp'/><accept/></rule>"
                + "<port port='8080' protocol='tcp'/></zone>")
        var services = units("firewalld")
        services.others[.firewalldDefaultZone] = .success(.string(zone))
        #expect(await value(machine, services) == "firewalld=\(state)")
        // Where the service refuses to tell, its file does.
        services.others = [:]
        machine.write("/etc/firewalld/firewalld.conf", "# DefaultZone=drop\nDefaultZone=\(zone)\n")
        #expect(await value(machine, services) == "firewalld=\(state)")
    }

    /// As firewalld ships it.
    private static let fedora = """
        <?xml version="1.0" encoding="utf-8"?>
        <zone>
          <short>Fedora Workstation</short>
          <description>Unsolicited incoming network packets are rejected from port 1 to 1024.</description>
          <service name="dhcpv6-client"/>
          <service name="ssh"/>
          <port protocol="udp" port="1025-65535"/>
          <port protocol="tcp" port="1025-65535"/>
        </zone>
        """

    /// What runs may differ from what the files say, and the files are closed on Fedora.
    @Test(
        arguments: [
            ("default", [("1025-65535", "tcp")], "open"), ("default", [("8080", "tcp")], "on"),
            ("DROP", [("1-30000", "udp"), ("20000-65535", "udp")], "open"), ("ACCEPT", [], "off"),
            ("default", [("1-30000", "udp"), ("30001-65535", "tcp")], "on"),
        ] as [(String, [(String, String)], String)])
    func firewalldTellsItsZoneItself(target: String, ports: [(String, String)], state: String) async throws {
        let machine = try MachineFixture()
        try machine.folder("/etc/firewalld/zones/public.xml")
        var services = units("firewalld")
        services.others[.firewalldDefaultZone] = .success(.string("public"))
        services.others[.firewalldZone("public")] = .success(
            .dictionary([
                "target": .string(target), "ports": .list(ports.map { .list([.string($0.0), .string($0.1)]) }),
            ]))
        #expect(await value(machine, services) == "firewalld=\(state)")
        services.others[.firewalldZone("public")] = .failure(.refused("x"))
        #expect(await value(machine, services) == nil)
    }

    /// Who sends a packet chooses the port that it comes from.
    @Test(arguments: ["file", "service", "rule"]) func whatIsOpenForAPortOfOriginIsOpenForAll(source: String)
        async throws
    {
        let machine = try MachineFixture()
        let tag = "<source-port port='53' protocol='udp'/>"
        machine.write(
            "/etc/firewalld/zones/public.xml",
            source == "rule" ? "<zone><rule>\(tag)<drop/></rule></zone>" : "<zone>\(tag)</zone>")
        var services = units("firewalld")
        services.others[.firewalldDefaultZone] = .success(.string("public"))
        if source == "service" {
            services.others[.firewalldZone("public")] = .success(
                .dictionary(["source_ports": .list([.list([.string("53"), .string("udp")])])]))
        }
        #expect(await value(machine, services) == (source == "rule" ? "firewalld=on" : "firewalld=open"))
    }

    @Test(arguments: [
        "<zone><source-port port='x' protocol='tcp'/></zone>", "<zone><source-port protocol='tcp'/></zone>",
        "", "<zone", "<zone><port port='x' protocol='tcp'/></zone>", "<zone><port port='9-1' protocol='tcp'/></zone>",
        "<a/>",
    ])
    func zoneThatIsNotUnderstoodIsUnknown(text: String) async throws {
        let machine = try MachineFixture()
        machine.write("/etc/firewalld/zones/public.xml", text)
        var services = units("firewalld")
        services.others[.firewalldDefaultZone] = .success(.string("public"))
        #expect(await value(machine, services) == nil)
    }

    @Test func firewalldThatDoesNotTellItsZoneIsUnknown() async throws {
        let machine = try MachineFixture()
        #expect(await value(machine, units("firewalld")) == nil)
        var services = units("firewalld")
        // Neither a path to a zone that is there, nor a zone that is nowhere.
        machine.write("/etc/firewalld/zones/public.xml", "<zone><short>Public</short></zone>")
        for name in ["../../x", "../zones/public", "vpn"] {
            services.others[.firewalldDefaultZone] = .success(.string(name))
            #expect(await value(machine, services) == nil)
        }
        services.others[.firewalldDefaultZone] = .success(.string("public"))
        #expect(await value(machine, services) == "firewalld=on")
    }

    @Test func firewalldThatIsStoppedIsOff() async throws {
        let services = ScriptedUnits(units: ["firewalld.service": ("loaded", "inactive")])
        #expect(try await value(MachineFixture(), services) == "firewalld=off")
    }

    @Test(
        arguments: [
            ("yes", "DROP", true, "on"), ("yes", "REJECT", true, "on"), ("yes", "ACCEPT", true, "off"),
            ("yes", "DROP", false, "off"), ("no", "DROP", true, "off"), ("YES", "\"DROP\"", true, "on"),
        ] as [(String, String, Bool, String)])
    func ufwNeedsBothFilesAndItsUnit(enabled: String, policy: String, isActive: Bool, state: String) async throws {
        let machine = try MachineFixture()
        machine.write("/etc/ufw/ufw.conf", "# ENABLED=yes\nENABLED=\(enabled)\nLOGLEVEL=low\n")
        machine.write("/etc/default/ufw", "IPV6=yes\nDEFAULT_INPUT_POLICY=\(policy)\nDEFAULT_FORWARD_POLICY=\"DROP\"\n")
        let services = ScriptedUnits(units: ["ufw.service": ("loaded", isActive ? "active" : "inactive")])
        #expect(await value(machine, services) == "ufw=\(state)")
    }

    @Test func unitThatLoadsAFileIsNotOn() async throws {
        #expect(try await value(MachineFixture(), units("nftables")) == "nftables=loaded")
        #expect(try await value(MachineFixture(), units("iptables")) == "iptables=loaded")
        #expect(try await value(MachineFixture(), units("firewall")) == "nixos=loaded")
    }

    @Test func whatIsOnStandsBeforeWhatIsOff() async throws {
        let machine = try MachineFixture()
        machine.write("/etc/ufw/ufw.conf", "ENABLED=yes\n")
        machine.write("/etc/default/ufw", "DEFAULT_INPUT_POLICY=DROP\n")
        var services = units("ufw", "nftables")
        services.units["firewalld.service"] = ("loaded", "inactive")
        #expect(await value(machine, services) == "ufw=on")
    }

    @Test func withoutSystemdItIsUnknown() async throws {
        let machine = try MachineFixture()
        machine.write("/etc/ufw/ufw.conf", "ENABLED=yes\n")
        let reading = await machine.reading(.firewallService)
        #expect(reading?.state.isUnknown == true)
        #expect(reading?.evidence == ["/etc/ufw/ufw.conf: ENABLED=yes"])
    }

    @Test func fileThatCannotBeReadIsUnknown() async throws {
        let machine = try MachineFixture()
        try machine.folder("/etc/ufw/ufw.conf")
        #expect(await machine.reading(.firewallService, services: units("ufw"))?.state.isUnknown == true)
    }

    @Test func containerHasANetworkOfItsOwn() async throws {
        let machine = try MachineFixture()
        machine.write("/run/systemd/container", "lxc")
        #expect(await machine.reading(.firewallService, services: units("ufw"))?.state.isNotApplicable == true)
    }
}
