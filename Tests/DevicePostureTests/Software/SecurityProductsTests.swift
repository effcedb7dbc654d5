// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

@testable import DevicePosture

/// Security products and management agents, at three levels.
@Suite struct SecurityProductsTests {
    private func machine() throws -> MachineFixture {
        let machine = try MachineFixture()
        try machine.folder("/usr/bin")
        machine.named(1, "systemd")
        return machine
    }

    private func strings(
        _ name: SignalName, _ machine: MachineFixture, _ services: ScriptedUnits? = ScriptedUnits(),
        as user: UInt32 = 4_000_000
    ) async -> [String]? {
        guard case .strings(let texts)? = await machine.reading(name, as: user, services: services)?.value else {
            return nil
        }
        return texts
    }

    @Test func machineWithoutProductsIsAnEmptyList() async throws {
        #expect(try await strings(.endpointProtection, machine()) == [])
        #expect(try await strings(.managementAgents, machine()) == [])
        #expect(try await machine().reading(.deviceManaged, services: ScriptedUnits())?.value == .boolean(false))
    }

    @Test func filesAloneAreInstalled() async throws {
        let machine = try machine()
        machine.write("/opt/CrowdStrike/falconctl", "")
        #expect(await strings(.endpointProtection, machine) == ["crowdstrike=installed"])
    }

    @Test func folderThatStayedBehindIsNothing() async throws {
        let machine = try machine()
        try machine.folder("/opt/CrowdStrike")
        try machine.folder("/opt/microsoft/mdatp")
        #expect(await strings(.endpointProtection, machine) == [])
    }

    @Test func activeUnitIsRunning() async throws {
        let machine = try machine()
        machine.write("/opt/CrowdStrike/falconctl", "")
        let services = ScriptedUnits(units: [
            "falcon-sensor.service": ("loaded", "active"), "sentinelone.service": ("loaded", "failed"),
        ])
        #expect(
            await strings(.endpointProtection, machine, services) == ["crowdstrike=running", "sentinelone=installed"])
    }

    @Test func processByTheFifteenBytesThatTheKernelKeepsIsRunning() async throws {
        let machine = try machine()
        machine.write("/opt/CrowdStrike/falconctl", "")
        machine.named(200, "falcon-sensor-b")
        #expect(await strings(.endpointProtection, machine, nil) == ["crowdstrike=running"])
    }

    @Test func processWithoutTheProductIsNothing() async throws {
        let machine = try machine()
        machine.named(200, "pmd")
        machine.named(201, "launcher")
        #expect(await strings(.endpointProtection, machine, nil) == [])
        #expect(await strings(.managementAgents, machine, nil) == [])
    }

    @Test func processOfThePersonsOwnIsNotTheProduct() async throws {
        let machine = try machine()
        machine.write("/opt/CrowdStrike/falconctl", "")
        machine.named(200, "falcon-sensor")
        let owner = try machine.system.owner(of: "/proc/200")
        guard owner != 0 else {
            #expect(chown(machine.root + "/proc/200", 1000, 1000) == 0)
            #expect(await strings(.endpointProtection, machine, nil, as: 1000) == ["crowdstrike=installed"])
            #expect(await strings(.endpointProtection, machine, nil, as: 1001) == ["crowdstrike=running"])
            return
        }
        #expect(await strings(.endpointProtection, machine, nil, as: owner) == ["crowdstrike=installed"])
    }

    @Test func hiddenProcessesWithoutSystemdAreUnknown() async throws {
        let machine = try machine()
        machine.write("/opt/CrowdStrike/falconctl", "")
        machine.remove("/proc/1")
        #expect(await machine.reading(.endpointProtection)?.state.reason?.contains("crowdstrike") == true)
        #expect(await strings(.endpointProtection, machine) == ["crowdstrike=installed"])
        machine.remove("/opt/CrowdStrike")
        #expect(await strings(.endpointProtection, machine, nil) == [])
    }

    @Test func filesThatMayNotBeSeenAreUnknown() async throws {
        let machine = try machine()
        machine.write("/var/ossec/bin/wazuh-agentd", "")
        chmod(machine.root + "/var/ossec", 0)
        var view = machine.system
        view.services = ScriptedUnits()
        let survey = withoutRights { ProductSurvey(of: SecurityProduct.all, in: view) }
        #expect(survey.hidden.map(\.name) == ["wazuh"])
        view.services = ScriptedUnits(units: ["wazuh-agent.service": ("loaded", "active")])
        let told = withoutRights { ProductSurvey(of: SecurityProduct.all, in: view) }
        #expect(told.entries.map(\.level) == [.running])
        #expect(told.hidden.isEmpty)
        chmod(machine.root + "/var/ossec", 0o755)
    }

    @Test func machineWhoseProgramsCannotBeSeenIsUnknown() async throws {
        let machine = try MachineFixture()
        for name in [SignalName.endpointProtection, .managementAgents, .deviceManaged, .browsers] {
            #expect(await machine.reading(name, services: ScriptedUnits())?.state.isUnknown == true)
        }
        try machine.folder("/usr")
        machine.write("/.flatpak-info", "")
        for name in [SignalName.endpointProtection, .managementAgents, .deviceManaged, .browsers] {
            #expect(await machine.reading(name, services: ScriptedUnits())?.state.isUnknown == true)
        }
    }

    // MARK: Managed

    @Test func agentThatRunsManagesTheDevice() async throws {
        let machine = try machine()
        machine.write("/opt/microsoft/intune/bin/intune-agent", "")
        #expect(await machine.reading(.deviceManaged, services: ScriptedUnits())?.value == .boolean(false))
        machine.named(300, "microsoft-ident")
        #expect(
            await machine.reading(.deviceManaged, as: 4_000_000, services: ScriptedUnits())?.value == .boolean(true))
        #expect(await strings(.managementAgents, machine) == ["intune=running"])
    }

    @Test func agentThatOnlyLooksDoesNotManage() async throws {
        let machine = try machine()
        let services = ScriptedUnits(units: ["osqueryd.service": ("loaded", "active")])
        try machine.folder("/etc/ansible/facts.d")
        #expect(await strings(.managementAgents, machine, services) == ["ansible=installed", "osquery=running"])
        #expect(await machine.reading(.deviceManaged, services: services)?.value == .boolean(false))
    }

    @Test func agentThatMayRunIsUnknown() async throws {
        let machine = try machine()
        machine.write("/usr/bin/puppet", "")
        machine.remove("/proc/1")
        #expect(await machine.reading(.deviceManaged)?.state.isUnknown == true)
    }

    // MARK: Health

    private static let defender = ScriptedUnits(units: ["mdatp.service": ("loaded", "active")])

    @Test(
        arguments: [
            (
                #"{"healthy": true, "licensed": true, "realTimeProtectionEnabled": {"source": "managed", "value": true}, "definitionsStatus": {"$type": "upToDate"}}"#,
                "healthy"
            ),
            (
                #"{"healthy": true, "licensed": true, "real_time_protection_enabled": true, "definitions_status": "up_to_date"}"#,
                "healthy"
            ),
            (
                #"{"healthy": false, "licensed": true, "realTimeProtectionEnabled": {"value": true}, "definitionsStatus": {"$type": "upToDate"}}"#,
                "running"
            ),
            (
                #"{"healthy": true, "licensed": false, "realTimeProtectionEnabled": {"value": true}, "definitionsStatus": {"$type": "upToDate"}}"#,
                "running"
            ),
            (
                #"{"healthy": true, "licensed": true, "realTimeProtectionEnabled": {"value": false}, "definitionsStatus": {"$type": "upToDate"}}"#,
                "running"
            ),
            (
                #"{"healthy": true, "licensed": true, "realTimeProtectionEnabled": {"value": true}, "definitionsStatus": {"$type": "outOfDate"}}"#,
                "running"
            ),
            (#"{"healthy": true}"#, "running"), ("rubbish", "running"), (#"{"healthy": "true"}"#, "running"),
        ] as [(String, String)])
    func defenderIsHealthyWhereAllItSaysIsWell(output: String, level: String) async throws {
        let machine = try machine()
        machine.commands = ScriptedCommands(answers: [.defenderHealth: .success(Array(output.utf8))])
        #expect(await strings(.endpointProtection, machine, Self.defender) == ["defender=\(level)"])
    }

    @Test(arguments: [.timedOut, .tooMuchOutput, .notInstalled, .ended(status: 1)] as [CommandFailure])
    func defenderThatDoesNotAnswerIsRunning(failure: CommandFailure) async throws {
        let machine = try machine()
        machine.commands = ScriptedCommands(answers: [.defenderHealth: .failure(failure)])
        #expect(await strings(.endpointProtection, machine, Self.defender) == ["defender=running"])
    }

    @Test func defenderThatDoesNotRunIsNotHealthyWhateverItSays() async throws {
        let machine = try machine()
        machine.write("/usr/bin/mdatp", "")
        let all = #"{"healthy":true,"licensed":true,"realTimeProtectionEnabled":true,"definitionsStatus":"up_to_date"}"#
        machine.commands = ScriptedCommands(answers: [.defenderHealth: .success(Array(all.utf8))])
        #expect(await strings(.endpointProtection, machine) == ["defender=installed"])
    }

    private func database(daysOld days: Int64) -> String {
        let time = 1_750_000_000 - days * 86_400
        let line = "ClamAV-VDB:22 Nov 2026 03-25 -0500:26789:2000000:90:md5:signature:builder:\(time)"
        return line + String(repeating: " ", count: 512 - line.utf8.count) + "compressed"
    }

    @Test(
        arguments: [(0, "healthy"), (7, "healthy"), (8, "running"), (400, "running"), (-3, "running")]
            as [(Int64, String)])
    func clamAVIsHealthyWithFreshSignatures(days: Int64, level: String) async throws {
        let machine = try machine()
        machine.write("/var/lib/clamav/daily.cvd", database(daysOld: days))
        let services = ScriptedUnits(units: ["clamav-daemon.service": ("loaded", "active")])
        #expect(await strings(.endpointProtection, machine, services) == ["clamav=\(level)"])
        // Fresh signatures are of no use to a daemon that does not run.
        machine.write("/usr/sbin/clamd", "")
        #expect(await strings(.endpointProtection, machine) == ["clamav=installed"])
    }

    @Test func newestDatabaseCounts() async throws {
        let machine = try machine()
        machine.write("/var/lib/clamav/daily.cvd", database(daysOld: 100))
        machine.write("/var/lib/clamav/daily.cld", database(daysOld: 1))
        #expect(ClamAVDatabase.report(in: machine.system).isHealthy)
    }

    @Test(arguments: ["", "ClamAV-VDB:", String(repeating: "x", count: 600), "ClamAV-VDB:a:b:c:d:e:f:g:now"])
    func databaseThatIsNoneIsNotHealthy(text: String) async throws {
        let machine = try machine()
        machine.write("/var/lib/clamav/daily.cvd", text)
        #expect(!ClamAVDatabase.report(in: machine.system).isHealthy)
    }

    // MARK: The table

    @Test func tableIsSortedAndEachProductCanBeFound() {
        let names = SecurityProduct.all.map(\.name)
        #expect(Set(names).count == names.count)
        for product in SecurityProduct.all {
            #expect(!product.paths.isEmpty)
            #expect(product.paths.allSatisfy { $0.hasPrefix("/") })
            #expect(product.name.utf8.allSatisfy { (97...122).contains($0) || $0 == 45 })
        }
    }
}
