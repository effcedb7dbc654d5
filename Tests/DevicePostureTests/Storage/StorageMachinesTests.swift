// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Whole machines, each with all that is expected of its storage.
@Suite struct StorageMachinesTests {
    @Test(arguments: StorageMachine.all)
    func machineIsSeenAsItIs(_ machine: StorageMachine) async throws {
        let fixture = try machine.make()
        let states = await fixture.states(Array(machine.expected.keys))
        for (name, expected) in machine.expected.sorted(by: { $0.key < $1.key }) {
            #expect(expected.matches(states[name]), "\(name): \(String(describing: states[name]))")
        }
    }

    @Test(arguments: StorageMachine.all)
    func nobodyAndNoRemovableDiskIsNamed(_ machine: StorageMachine) async throws {
        let fixture = try machine.make()
        let snapshot = await PostureCollector(system: fixture.system).snapshot(of: Array(machine.expected.keys))
        for (name, reading) in snapshot.readings {
            let text = (reading.evidence + [String(describing: reading.state)]).joined(separator: "\n")
            for word in ["alice", "bob", "deck", "Secrets", "Games"] where !text.contains("home-alice") {
                #expect(!text.contains(word), "\(name): \(text)")
            }
        }
    }

    @Test(arguments: StorageMachine.all)
    func everythingComesFromOneLook(_ machine: StorageMachine) async throws {
        let fixture = try machine.make()
        let names = StorageEncryptionCollector().signals
        #expect(Set(names) == Set(machine.expected.keys))
        let together = await fixture.states(names)
        for name in names { #expect(await fixture.state(name) == together[name]) }
    }

    @Test func homeBehindALinkIsTheHome() async throws {
        let machine = try MachineFixture()
        machine.remove("/home")
        try machine.folder("/var/home/alice")
        machine.link("/home", to: "var/home")
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "home", uuid: StorageMachine.luks, on: ["sdb"])
        machine.mount("/", "8:0", "ext4", "/dev/sda")
        machine.mount("/var/home", "254:0", "ext4", "/dev/mapper/home")
        #expect(await machine.state(.diskEncryptionType) == .known(.string("USER")))
    }

    @Test func eachVolumeHasItsOwnVerdict() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.disk("sdc", "8:32")
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.mount("/home", "8:16", "ext4", "/dev/sdb")
        machine.mount("/home/bob", "8:32", "ext4", "/dev/sdc")
        machine.mount("/srv", "8:99", "ext4", "/dev/sdz9")
        #expect(await machine.texts(.volumeEncryption) == ["/=LUKS2", "/home/*=none", "/home=none", "/srv=unknown"])
    }
}
