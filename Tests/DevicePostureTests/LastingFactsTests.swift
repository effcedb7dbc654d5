// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import Synchronization
import Testing

@testable import DevicePosture

/// What is kept between snapshots, and that nothing of it is ever out of date.
@Suite struct LastingFactsTests {
    private static let release = "/etc/os-release"

    private func machine() throws -> (MachineFixture, SystemView) {
        let machine = try MachineFixture()
        machine.write(Self.release, "ID=debian\nVERSION_ID=12\n")
        var system = machine.system
        system.facts = LastingFacts()
        return (machine, system)
    }

    /// Waits until no file looks as if it had just been changed: the time of that cannot be set.
    private func age() async throws { try await Task.sleep(for: .milliseconds(3100)) }

    private func version(_ system: SystemView) async -> SignalState? {
        await OperatingSystemVersionCollector().collect([.osVersion], in: system)[.osVersion]?.state
    }

    @Test func aFileThatDidNotChangeIsNotReadAgain() async throws {
        let (machine, system) = try machine()
        defer { withExtendedLifetime(machine) {} }
        try await age()
        let reads = Mutex(0)
        let facts = try #require(system.facts)
        for _ in 0..<3 {
            let finding = facts.finding(named: "x", from: [Self.release, "/etc/absent"], in: system) {
                reads.withLock { $0 += 1 }
                return .known("12", source: Self.release)
            }
            #expect(finding.state == .known(.string("12")))
        }
        #expect(reads.withLock { $0 } == 1)
    }

    @Test func whatCouldNotBeLookedAtIsLookedAtAgain() async throws {
        let (machine, system) = try machine()
        // A link to itself: it is there, and cannot be read this time.
        let path = "/run/systemd/container"
        machine.write(path, "")
        #expect(unlink(machine.root + path) == 0)
        #expect(symlink("container", machine.root + path) == 0)
        #expect(Confinement.detect(in: system) == .none)
        #expect(unlink(machine.root + path) == 0)
        machine.write(path, "lxc\n")
        #expect(Confinement.detect(in: system) == .container("lxc"))
        // What was found holds as long as the process lives.
        #expect(unlink(machine.root + path) == 0)
        #expect(Confinement.detect(in: system) == .container("lxc"))
    }

    @Test(arguments: ["replaced", "rewritten", "linked", "removed", "appeared"])
    func anyChangeOfASourceIsSeen(_ how: String) async throws {
        let (machine, system) = try machine()
        defer { withExtendedLifetime(machine) {} }
        try await age()
        #expect(await version(system) == .known(.string("12")))
        #expect(await version(system) == .known(.string("12")))
        switch how {
        case "replaced":
            machine.write("/etc/new", "ID=debian\nVERSION_ID=13\n")
            #expect(rename(machine.root + "/etc/new", machine.root + Self.release) == 0)
        case "rewritten":
            // The same file, the same length.
            let file = open(machine.root + Self.release, O_WRONLY)
            #expect(pwrite(file, "3", 1, 22) == 1)
            close(file)
        case "linked":
            machine.write("/usr/lib/os-release", "ID=debian\nVERSION_ID=13\n")
            machine.remove(Self.release)
            machine.link(Self.release, to: "../usr/lib/os-release")
        case "removed":
            machine.write("/usr/lib/os-release", "ID=debian\nVERSION_ID=13\n")
            machine.remove(Self.release)
        default: machine.write("/etc/debian_version", "12.9\n")
        }
        #expect(await version(system) == .known(.string(how == "appeared" ? "12.9" : "13")))
    }

    @Test func aFileThatWasJustChangedIsReadEachTime() async throws {
        let (machine, system) = try machine()
        defer { withExtendedLifetime(machine) {} }
        #expect(await version(system) == .known(.string("12")))
        // Within the same tick of the clock a second change could leave all its times alike.
        let reads = Mutex(0)
        for _ in 0..<2 {
            _ = system.facts?.finding(named: "x", from: [Self.release], in: system) {
                reads.withLock { $0 += 1 }
                return .known("12", source: Self.release)
            }
        }
        #expect(reads.withLock { $0 } == 2)
    }

    @Test func whatIsNotKnownIsAskedAgain() async throws {
        let (machine, system) = try machine()
        defer { withExtendedLifetime(machine) {} }
        machine.remove(Self.release)
        try await age()
        let reads = Mutex(0)
        for _ in 0..<2 {
            _ = system.facts?.finding(named: "x", from: [Self.release], in: system) {
                reads.withLock { $0 += 1 }
                return .unknown("it is not there", source: Self.release)
            }
        }
        #expect(reads.withLock { $0 } == 2)
    }

    @Test func diskAndLockAreReadEachTime() async throws {
        let (machine, system) = try machine()
        defer { withExtendedLifetime(machine) {} }
        machine.mount("/", "8:2", "ext4", "/dev/sda2")
        func type() async -> SignalState? {
            await StorageEncryptionCollector().collect([.diskEncryptionType], in: system)[.diskEncryptionType]?.state
        }
        try machine.folder("/sys/devices/sda2")
        machine.link("/sys/dev/block/8:2", to: "../../devices/sda2")
        #expect(await type() == .known(.string(DiskEncryptionType.none.rawValue)))
        // The mount table is the same text, but the device below is another.
        machine.write("/sys/devices/sda2/dm/uuid", "CRYPT-LUKS2-0123-root\n")
        #expect(await type() == .known(.string(DiskEncryptionType.allInternalVolumes.rawValue)))
        #expect(SecureBootCollector.lastingSources == nil)
        #expect(SecureHardwareCollector.lastingSources == nil)
    }

    @Test func aNewMountIsSeen() async throws {
        let (machine, system) = try machine()
        defer { withExtendedLifetime(machine) {} }
        let facts = try #require(system.facts)
        let line = "22 1 8:2 / / rw shared:1 - ext4 /dev/sda2 rw\n"
        #expect(try facts.mountTable(parsing: Array(line.utf8)).mounts.count == 1)
        #expect(try facts.mountTable(parsing: Array((line + line).utf8)).mounts.count == 2)
        #expect(throws: ReadFailure.malformed) { try facts.mountTable(parsing: Array("nonsense\n".utf8)) }
    }
}
