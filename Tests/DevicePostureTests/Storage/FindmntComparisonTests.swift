// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import DevicePosture

/// The same mount tables read by `findmnt --tab-file` of util-linux.
@Suite(.enabled(if: ForeignTool.findmnt.isInstalled, "needs findmnt of util-linux"))
struct FindmntComparisonTests {
    private struct Row: Hashable, Decodable {
        let target: String
        let source: String?
        let fstype: String
        let fsroot: String
        let number: String
        let options: String

        private enum CodingKeys: String, CodingKey {
            case target, source, fstype, fsroot, number = "maj:min", options = "fs-options"
        }

        init(_ mount: Mount) {
            target = mount.mountPoint
            source = mount.source
            fstype = mount.fileSystem
            fsroot = mount.rootInFileSystem
            number = mount.device.description
            options = mount.superOptions.joined(separator: ",")
        }
    }

    private struct Listing: Decodable {
        let filesystems: [Row]
    }

    private func theirs(_ path: String) async throws -> [Row] {
        let output = try await ForeignTool.findmnt.output([
            "--tab-file", path, "--json", "--list", "--nofsroot", "--output",
            "TARGET,SOURCE,FSTYPE,FSROOT,MAJ:MIN,FS-OPTIONS",
        ])
        return try JSONDecoder().decode(Listing.self, from: Data(output)).filesystems
    }

    private func compare(_ machine: MachineFixture) async throws {
        let table = try MountTable(parsing: try machine.system.read(MountTable.path))
        let ours = table.mounts.map(Row.init)
        let theirs = try await theirs(machine.root + MountTable.path)
        #expect(Set(theirs).subtracting(ours) == [])
        #expect(Set(ours).subtracting(theirs) == [])
        #expect(ours.count == theirs.count)
    }

    @Test(arguments: StorageMachine.all)
    func bothReadTheSameMounts(_ machine: StorageMachine) async throws {
        try await compare(try machine.make())
    }

    @Test func bothReadTheSameOddities() async throws {
        let machine = try MachineFixture()
        machine.write(
            "/proc/self/mountinfo",
            #"""
            22 1 8:1 / / rw,relatime shared:1 master:2 propagate_from:3 - ext4 /dev/sda1 rw,errors=remount-ro
            23 22 0:5 / /a\040b\011c\134d rw - tmpfs tmpfs rw,size=1k
            24 22 0:6 /sub\040folder /mnt/x rw - btrfs /dev/mapper/a\040b rw,subvolid=256,subvol=/sub\040folder
            25 22 0:7 / /mnt/ünïcode rw,nosuid unbindable - fuse.sshfs alice@host:/x ro,user_id=1000
            26 22 0:8 / /mnt/hash\043 rw - 9p C:\134 rw,aname=drvfs;path=C:\134;uid=0
            27 22 8:1 /var/lib/x//deleted /mnt/gone rw - ext4 /dev/sda1 rw
            28 22 0:9 net:[4026531840] /run/netns/a rw - nsfs nsfs rw
            29 22 8:1 / / ro - ext4 /dev/sda1 ro

            """#)
        try await compare(machine)
    }

    /// Where they differ: a line that is not understood. findmnt skips it and goes on; here the whole table is refused, since the
    /// line that is skipped could be the one volume that is not encrypted.
    @Test func lineThatIsNotUnderstoodIsSkippedByFindmntOnly() async throws {
        let machine = try MachineFixture()
        machine.write("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 nonsense\n")
        #expect(throws: ReadFailure.malformed) {
            try MountTable(parsing: try machine.system.read(MountTable.path))
        }
        #expect(try await theirs(machine.root + MountTable.path).count == 1)
    }
}
