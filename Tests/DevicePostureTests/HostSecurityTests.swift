// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Glibc
import MessageBus
import Testing

@testable import DevicePosture

@Suite struct HostSecurityTests {
    private typealias Identifier = HostSecurityCollector.Identifier

    private func machine(_ text: String, attributes: BusValue? = nil) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.answers[.hostSecurityID] = .success(.string(text))
        machine.answers[.hostSecurityAttributes] = attributes.map { .success($0) }
        return machine
    }

    // MARK: - The identifier

    @Test(
        arguments: [
            ("HSI:0 (v2.0.20)", 0, false), ("HSI:2! (v2.0.20)", 2, true), ("HSI:3", 3, false), ("HSI:5! (v1)", 5, true),
            ("HSI:1+UA! (v1.5.3)", 1, true), ("HSI:1+U (v1.5.3)", 1, false),
        ] as [(String, Int, Bool)])
    func theLevelIsRead(text: String, level: Int, hasIssue: Bool) async throws {
        #expect(Identifier(parsing: text) == .level(level, hasRuntimeIssue: hasIssue))
        let reading = try #require(await (try machine(text)).reading(.hsiLevel))
        #expect(reading.state == .known(.integer(level)))
        #expect(reading.evidence.contains { $0.contains("run time") } == hasIssue)
    }

    @Test(
        arguments: [
            "", "HSI", "HSI:", "HSI: 2", "HSI:-1", "HSI:6", "HSI:22", "HSI:2x", "2", "hsi:2", "HSI:٢", "XHSI:2",
            "HSI:INVALIDITY", String(repeating: "HSI:2", count: 100),
        ] as [String])
    func whatIsNoIdentifierIsUnknown(text: String) async throws {
        #expect(Identifier(parsing: text) == nil)
        #expect(await (try machine(text)).state(.hsiLevel)?.isUnknown == true)
    }

    @Test func invalidIsNoLevel() async throws {
        for text in ["HSI:INVALID (v2.0.20)", "HSI:INVALID:missing-data", "HSI:INVALID:chassis[(null)] (v2.0.20)"] {
            #expect(await (try machine(text)).state(.hsiLevel)?.isUnknown == true, "\(text)")
        }
        #expect(
            await (try machine("HSI:INVALID:chassis[rack-mount-chassis] (v2.0.20)")).state(.hsiLevel)?
                .isNotApplicable == true)
    }

    @Test(
        arguments: [
            BusValue.integer(2), .list([]), .boolean(true), .dictionary(["HostSecurityId": .string("HSI:2")]),
        ] as [BusValue])
    func anAnswerOfAnotherTypeIsUnknown(value: BusValue) async throws {
        let machine = try MachineFixture()
        machine.answers[.hostSecurityID] = .success(value)
        #expect(await machine.state(.hsiLevel)?.isUnknown == true)
    }

    @Test(arguments: [ServiceFailure.noBus, .notRunning, .timedOut, .refused("x"), .malformed, .notLive])
    func aServiceThatDoesNotAnswerIsUnknown(failure: ServiceFailure) async throws {
        let machine = try MachineFixture()
        machine.answers[.hostSecurityID] = .failure(failure)
        #expect(await machine.state(.hsiLevel)?.isUnknown == true)
        machine.write("/run/systemd/container", "lxc\n")
        #expect(await machine.state(.hsiLevel)?.isNotApplicable == true)
    }

    // MARK: - The attributes

    private func attribute(_ name: String, level: Int64?, flags: Int64) -> BusValue {
        var entry: [String: BusValue] = ["AppstreamId": .string(name), "Flags": .integer(flags)]
        if let level { entry["HsiLevel"] = .integer(level) }
        return .dictionary(entry)
    }

    @Test func whatIsNotMetIsEvidence() async throws {
        let attributes = BusValue.list([
            attribute("org.fwupd.hsi.Iommu", level: 2, flags: 0),
            attribute("org.fwupd.hsi.Uefi.SecureBoot", level: 1, flags: 1),
            attribute("org.fwupd.hsi.Kernel.Tainted", level: nil, flags: 1 << 10),
            attribute("org.fwupd.hsi.Uefi.Pk", level: 1, flags: 1 << 12),
            attribute("org.fwupd.hsi.Old", level: 1, flags: 1 << 1),
            attribute("org.fwupd.hsi.SupportedCpu", level: 1, flags: 1 << 2),
            attribute("something.else", level: 1, flags: 0),
            .string("no dictionary"), .dictionary(["Flags": .string("no number")]),
        ])
        let reading = try #require(await (try machine("HSI:0! (v2.0.20)", attributes: attributes)).reading(.hsiLevel))
        #expect(
            reading.evidence.filter { $0.hasPrefix("not met") } == [
                "not met at run time: Kernel.Tainted", "not met at level 1: SupportedCpu (no data)",
                "not met at level 1: Uefi.Pk", "not met at level 2: Iommu",
            ])
    }

    @Test(arguments: [BusValue.string("x"), .list([.list([])]), .dictionary([:])] as [BusValue])
    func attributesThatAreNoneTakeNothingFromTheLevel(value: BusValue) async throws {
        #expect(await (try machine("HSI:2 (v2.0.20)", attributes: value)).state(.hsiLevel) == .known(.integer(2)))
    }

    // MARK: - On a bus

    private func reading(on bus: FirmwareServiceBus) async throws -> SignalReading {
        let machine = try MachineFixture()
        var system = machine.system
        system.services = BusServiceReader(systemBus: bus.address)
        return try #require(await PostureCollector(system: system).snapshot(of: [.hsiLevel])[.hsiLevel])
    }

    @Test(.enabled(if: FirmwareServiceBus.hasBus, "needs dbus-daemon"))
    func fwupdIsNotStartedForIt() async throws {
        let bus = try FirmwareServiceBus()
        let reading = try await reading(on: bus)
        guard case .unknown(let reason) = reading.state else {
            Issue.record("\(reading.state)")
            return
        }
        #expect(reason.contains("does not run"))
        try await Task.sleep(for: .milliseconds(300))
        #expect(!bus.wasServiceStarted)
    }

    @Test(.enabled(if: FirmwareServiceBus.hasMock, "needs dbus-daemon and python3-dbusmock"))
    func theLevelAndWhatIsNotMetComeOverTheBus() async throws {
        let bus = try FirmwareServiceBus()
        try bus.playService(
            "HSI:2! (v2.0.20)",
            attributes: """
                [{'AppstreamId': 'org.fwupd.hsi.Iommu', 'Flags': dbus.UInt64(0), 'HsiLevel': dbus.UInt32(3)}, \
                {'AppstreamId': 'org.fwupd.hsi.Uefi.Pk', 'Flags': dbus.UInt64(1), 'HsiLevel': dbus.UInt32(1)}]
                """)
        let reading = try await reading(on: bus)
        #expect(reading.state == .known(.integer(2)))
        #expect(reading.evidence.contains("not met at level 3: Iommu"))
        #expect(!reading.evidence.contains { $0.contains("Uefi.Pk") })
    }

    @Test(.enabled(if: FirmwareServiceBus.hasMock, "needs dbus-daemon and python3-dbusmock"))
    func aServiceThatHangsIsUnknownWithinTheDeadline() async throws {
        let bus = try FirmwareServiceBus()
        try bus.playService("HSI:2! (v2.0.20)")
        bus.stopAnswering()
        let start = ContinuousClock.now
        let reading = try await reading(on: bus)
        #expect(ContinuousClock.now - start < .seconds(4))
        #expect(reading.value == nil)
    }

    @Test(.enabled(if: FirmwareServiceBus.hasBus && FirmwareServiceBus.daemon != nil, "needs dbus-daemon and fwupd"))
    func theRealFwupdIsUnderstood() async throws {
        let machine = try MachineFixture()
        machine.write("/sys/class/dmi/id/sys_vendor", "LENOVO\n")
        machine.write("/sys/class/dmi/id/chassis_type", "10\n")
        machine.write("/proc/sys/kernel/tainted", "4096\n")
        machine.write("/proc/cpuinfo", "")
        machine.write("/proc/meminfo", "MemTotal: 1 kB\n")
        let bus = try FirmwareServiceBus()
        try bus.startService(try #require(FirmwareServiceBus.daemon), machine: machine.root)
        var reading = try await reading(on: bus)
        // It collects its attributes when it is asked the first time, and may then be late.
        for _ in 0..<20 where reading.state == .unknown(reason: "fwupd did not answer in time") {
            reading = try await self.reading(on: bus)
        }
        let text = try #require(reading.evidence.first)
        #expect(text.hasPrefix("HSI:"))
        guard case .known(.integer(let level)) = reading.state else {
            Issue.record("\(reading.state)")
            return
        }
        #expect(text.hasPrefix("HSI:\(level)"))
        #expect(reading.evidence.contains("not met at run time: Kernel.Tainted"))
    }
}
