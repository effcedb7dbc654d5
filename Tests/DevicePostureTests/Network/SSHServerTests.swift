// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import MessageBus
import Testing

@testable import DevicePosture

/// Whether an SSH server runs, and whether USBGuard does.
@Suite struct SSHServerTests {
    private static let head = "  sl  local_address rem_address   st tx_queue\n"

    private func machine(listening: Bool = false, processes: [String] = [], isComplete: Bool = true) throws
        -> MachineFixture
    {
        let machine = try MachineFixture()
        let line = "   0: 00000000:0016 00000000:0000 0A 0 0\n"
        machine.write("/proc/net/tcp", Self.head + (listening ? line : ""))
        machine.write("/proc/net/udp", Self.head)
        if isComplete { machine.named(1, "systemd") }
        for (index, name) in processes.enumerated() { machine.named(100 + index, name) }
        return machine
    }

    @Test(arguments: ["ssh.service", "sshd.service", "sshd.socket", "ssh.socket", "dropbear.service"])
    func activeUnitIsOn(unit: String) async throws {
        let services = ScriptedUnits(units: [unit: ("loaded", "active")])
        #expect(try await machine(isComplete: false).reading(.sshServer, services: services)?.value == .boolean(true))
    }

    @Test func noUnitAndNoListenerIsOff() async throws {
        let services = ScriptedUnits(units: ["ssh.service": ("loaded", "inactive")])
        #expect(try await machine().reading(.sshServer, services: services)?.value == .boolean(false))
        #expect(try await machine().reading(.sshServer)?.value == .boolean(false))
    }

    @Test func processWithoutSystemdIsOn() async throws {
        #expect(
            try await machine(processes: ["bash", "sshd"]).reading(.sshServer, as: 4_000_000)?.value == .boolean(true))
    }

    @Test func processOfThePersonsOwnCanBearAnyName() async throws {
        let machine = try machine(processes: ["sshd"])
        let owner = try machine.system.owner(of: "/proc/100")
        guard owner != 0 else {
            // Everything belongs to root here, whom nobody else can imitate.
            #expect(await machine.reading(.sshServer, as: 1000)?.value == .boolean(true))
            return
        }
        #expect(await machine.reading(.sshServer, as: owner)?.value == .boolean(false))
    }

    @Test func hiddenProcessesWithoutSystemdAreUnknown() async throws {
        #expect(try await machine(isComplete: false).reading(.sshServer)?.state.isUnknown == true)
    }

    @Test func listenerOfAnUnknownProgramIsUnknown() async throws {
        #expect(
            try await machine(listening: true).reading(.sshServer, services: ScriptedUnits())?.state.isUnknown == true)
    }

    @Test func socketsThatCannotBeReadAreUnknown() async throws {
        let machine = try machine()
        machine.write("/proc/net/tcp", "rubbish")
        #expect(await machine.reading(.sshServer, services: ScriptedUnits())?.state.isUnknown == true)
    }

    // MARK: USBGuard

    @Test(
        arguments: [
            ("block", true), ("reject", true), ("allow", false), (nil, true),
        ] as [(String?, Bool)])
    func usbGuardIsOnUnlessItLetsEverythingIn(policy: String?, expected: Bool) async throws {
        var services = ScriptedUnits(units: ["usbguard.service": ("loaded", "active")])
        if let policy { services.others[.usbGuardImplicitPolicy] = .success(.string(policy)) }
        #expect(try await machine().reading(.usbGuard, services: services)?.value == .boolean(expected))
    }

    @Test func usbGuardThatDoesNotRunIsOff() async throws {
        let machine = try machine()
        let stopped = ScriptedUnits(units: ["usbguard.service": ("loaded", "failed")])
        #expect(await machine.reading(.usbGuard, services: stopped)?.value == .boolean(false))
        #expect(await machine.reading(.usbGuard, services: ScriptedUnits())?.value == .boolean(false))
        #expect(await machine.reading(.usbGuard)?.value == .boolean(false))
        machine.named(77, "usbguard-daemon")
        #expect(await machine.reading(.usbGuard, as: 4_000_000)?.value == .boolean(true))
    }

    @Test func usbGuardCannotBeToldWithoutSystemdAndProcesses() async throws {
        #expect(try await machine(isComplete: false).reading(.usbGuard)?.state.isUnknown == true)
    }

    @Test func containersHaveNoDevices() async throws {
        let machine = try machine()
        machine.write("/run/systemd/container", "podman")
        #expect(await machine.reading(.usbGuard, services: ScriptedUnits())?.state.isNotApplicable == true)
    }
}
