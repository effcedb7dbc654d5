// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import Testing

@testable import DevicePosture

/// Each file that the collectors of storage read, in each bad state: an answer in time, no crash, and no value that was not read.
@Suite struct StorageHostileInputTests {
    /// The files, and the signals that none of them may be a value of where the file is bad in this way.
    private static let needed: [(path: String, signals: [SignalName])] = [
        ("/proc/self/mountinfo", StorageEncryptionCollector().signals),
        ("/sys/devices/virtual/block/dm-0/dm/uuid", [.diskEncryptionType, .stateFolderEncrypted, .bootEncrypted]),
        ("/sys/power/state", [.hibernation]), ("/sys/power/resume", [.hibernation]), ("/proc/cmdline", [.hibernation]),
        ("/proc/swaps", [.swapEncryption, .swapSpaces, .diskEncryptionType]),
        ("/etc/modprobe.d/usb.conf", []), ("/sys/bus/usb/devices/usb1/authorized_default", []),
    ]

    enum State: CaseIterable {
        case missing, empty, binary, huge, circle, pipe, folder
    }

    /// An encrypted machine on which every one of these files is good.
    private func machine() throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.mapped("dm-1", "254:1", label: "vg-swap", uuid: StorageMachine.lvm, on: ["dm-0"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.swap("/dev/dm-1")
        machine.hibernation()
        machine.write("/etc/modprobe.d/usb.conf", "install usb-storage /bin/true\n")
        machine.write("/sys/bus/usb/devices/usb1/authorized_default", "0\n")
        return machine
    }

    private func spoil(_ path: String, _ state: State, on machine: MachineFixture) throws {
        machine.remove(path)
        switch state {
        case .missing: break
        case .empty: machine.write(path, "")
        case .binary: machine.write(path, (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167) })
        case .huge: machine.write(path, [UInt8](repeating: UInt8(ascii: "x"), count: 9 * 1024 * 1024))
        case .circle: machine.link(path, to: String(path.split(separator: "/").last ?? ""))
        case .pipe: #expect(mkfifo(machine.root + path, 0o600) == 0)
        case .folder: try machine.folder(path)
        }
    }

    @Test func theGoodMachineIsKnown() async throws {
        let states = await (try machine()).states(StorageEncryptionCollector().signals + [.removableMediaPolicy])
        for (name, state) in states { #expect(!state.isUnknown && !state.isNotApplicable, "\(name): \(state)") }
        #expect(states[.diskEncryptionType] == .known(.string("ALL_INTERNAL_VOLUMES")))
        #expect(states[.hibernation] == .known(.string("ENCRYPTED")))
    }

    @Test(.timeLimit(.minutes(1)), arguments: State.allCases, needed.map(\.path))
    func badFileIsNeverAGoodAnswer(state: State, path: String) async throws {
        let machine = try machine()
        try spoil(path, state, on: machine)
        let states = await machine.states(StorageEncryptionCollector().signals + [.removableMediaPolicy])
        for name in Self.needed.first(where: { $0.path == path })?.signals ?? [] {
            // No swap space is an answer: a kernel without it has no such file. So is a kernel that lists no kind of sleep, and one
            // that was told of no device or argument.
            let isAnswer =
                switch (path, state) {
                case ("/proc/swaps", .missing): true
                case ("/sys/power/state", .empty): true
                case ("/sys/power/resume", .missing): true
                case ("/proc/cmdline", .empty), ("/proc/cmdline", .binary): true
                default: false
                }
            if !isAnswer { #expect(states[name]?.isUnknown == true, "\(name): \(String(describing: states[name]))") }
        }
        // Nothing that is wrong with a file makes a machine look less or more encrypted than it is.
        if case .known(let value) = states[.diskEncryptionType] { #expect(value == .string("ALL_INTERNAL_VOLUMES")) }
        if case .known(let value) = states[.swapEncryption] { #expect(value == .boolean(true)) }
        if case .known(.strings(let texts)) = states[.removableMediaPolicy] {
            #expect(!texts.contains("usbAuthorization=all"))
            if path.hasPrefix("/etc/modprobe.d"), ![.missing, .empty, .binary].contains(state) {
                #expect(texts.contains("usbStorage=unknown"))
            }
        }
    }

    /// Read with the person's rights, where root could read them all the same.
    @Test(.enabled(if: geteuid() != 0, "root may read everything")) func fileThatMayNotBeReadIsUnknown() async throws {
        let machine = try machine()
        #expect(chmod(machine.root + "/proc/self/mountinfo", 0) == 0)
        #expect(await machine.state(.diskEncryptionType)?.isUnknown == true)
    }

    // MARK: - Commands

    /// A command that takes its time, lies, or prints without an end: its answer is what ``SpawningCommandRunner`` makes of it.
    @Test(
        arguments: [.timedOut, .tooMuchOutput, .ended(status: -9), .ended(status: 0)] as [CommandFailure],
        [SignalName.diskEncryptionType, .volumeEncryption, .swapEncryption])
    func commandThatFailsLeavesItUnknown(failure: CommandFailure, name: SignalName) async throws {
        let machine = try MachineFixture()
        machine.stacked("zd0", "230:0", on: [])
        machine.mount("/", "0:30", "zfs", "rpool/root")
        machine.swap("/dev/zd0")
        machine.commands = FixedCommands(answers: [
            .listZFSEncryption: .failure(failure), .showZFSPools: .failure(failure),
        ])
        let state = await machine.state(name)
        #expect(state?.isUnknown == true || state == .known(.strings(["/=unknown"])))
    }

    @Test func commandThatHangsEndsWithTheDeadline() async throws {
        let machine = try MachineFixture()
        machine.mount("/", "0:30", "zfs", "rpool/root")
        machine.commands = HangingCommands()
        let clock = ContinuousClock()
        let start = clock.now
        let snapshot = await PostureCollector(system: machine.system, deadline: .milliseconds(300))
            .snapshot(of: [.diskEncryptionType])
        #expect(snapshot[.diskEncryptionType]?.state.isUnknown == true)
        #expect(clock.now - start < .seconds(5))
    }

    @Test(
        arguments: [
            "rpool/root\taes-256-gcm\u{0}\n", "rpool/root\taes-256-gcm\textra\n", "\u{FFFD}\u{FFFD}",
            "rpool/root aes-256-gcm\n",
        ] as [String])
    func lieOfACommandIsNotBelieved(text: String) async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mount("/", "0:30", "zfs", "rpool/root")
        machine.commands = FixedCommands(answers: [
            .listZFSEncryption: .success(Array(text.utf8)),
            .showZFSPools: .success(Array(poolStatus("rpool", ["  /dev/sda ONLINE 0 0 0"]).utf8)),
        ])
        #expect(await machine.state(.diskEncryptionType)?.isUnknown == true)
    }
}

/// Commands that do not answer before they are cancelled.
struct HangingCommands: CommandRunner {
    func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        try? await Task.sleep(for: .seconds(30))
        return .failure(.timedOut)
    }
}
