// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Pools of ZFS: what encrypts itself, what lies on something that encrypts, and what says nothing.
@Suite struct ZFSTests {
    private static let root = "rpool/ROOT/debian"

    /// A machine whose root is a dataset on the disks sda (encrypted as dm-0) and sdb.
    private func machine(_ commands: FixedCommands) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "luks-a", uuid: StorageMachine.luks, on: ["sda"])
        machine.mount("/", "0:30", "zfs", Self.root)
        machine.commands = commands
        return machine
    }

    private static func status(_ members: [String]) -> String {
        poolStatus("rpool", members.map { "  \($0)  ONLINE 0 0 0" })
    }

    @Test(
        arguments: [
            ("off", ["/dev/mapper/luks-a"], "/=LUKS2"), ("off", ["/dev/sdb"], "/=none"),
            ("off", ["/dev/mapper/luks-a", "/dev/sdb"], "/=none"), ("aes-256-gcm", ["/dev/sdb"], "/=ZFS"),
            ("aes-128-ccm", ["/dev/sdb"], "/=ZFS"), ("on", ["/dev/sdb"], "/=ZFS"), ("rot13", ["/dev/sdb"], "/=unknown"),
            ("rot13", ["/dev/mapper/luks-a"], "/=LUKS2"), ("off", ["/dev/gone"], "/=unknown"),
            ("aes-256-gcm", ["/dev/gone"], "/=ZFS"), ("off", ["/pool.img"], "/=unknown"),
        ] as [(String, [String], String)])
    func datasetIsAsGoodAsItsOwnEncryptionOrItsDisks(value: String, members: [String], expected: String) async throws {
        let commands = FixedCommands.zfs(datasets: [(Self.root, value)], status: Self.status(members))
        #expect(await (try machine(commands)).texts(.volumeEncryption) == [expected])
    }

    @Test func encryptedDatasetBesideAPlainRootDoesNotCountForIt() async throws {
        let commands = FixedCommands.zfs(
            datasets: [(Self.root, "off"), ("rpool/vault", "aes-256-gcm")], status: Self.status(["/dev/sdb"]))
        let machine = try machine(commands)
        machine.mount("/vault", "0:31", "zfs", "rpool/vault")
        #expect(await machine.texts(.volumeEncryption) == ["/=none", "/vault=ZFS"])
        #expect(await machine.state(.diskEncryptionType) == .known(.string("NONE")))
    }

    @Test(
        arguments: [
            .notInstalled, .timedOut, .tooMuchOutput, .notLive, .ended(status: 1), .ended(status: -9),
            .notStarted(errno: 13),
        ] as [CommandFailure])
    func toolThatSaysNothingLeavesItUnknown(failure: CommandFailure) async throws {
        let machine = try machine(
            FixedCommands(answers: [.listZFSEncryption: .failure(failure), .showZFSPools: .failure(failure)]))
        #expect(await machine.texts(.volumeEncryption) == ["/=unknown"])
        guard case .unknown(let reason) = await machine.state(.diskEncryptionType) else {
            Issue.record("not unknown")
            return
        }
        #expect(reason == "zfs \(failure.predicate)")
    }

    @Test func encryptedDisksTellWhereZFSDoesNot() async throws {
        let machine = try machine(
            FixedCommands(answers: [.showZFSPools: .success(Array(Self.status(["/dev/mapper/luks-a"]).utf8))]))
        #expect(await machine.texts(.volumeEncryption) == ["/=LUKS2"])
    }

    @Test(
        arguments: ["garbage", "a\tb\tc\n", "\toff\n", "rpool/ROOT/debian\n", "rpool/ROOT/debian\toff\nhalf a li"]
            as [String])
    func answerThatIsNotUnderstoodIsUnknown(text: String) async throws {
        let machine = try machine(
            FixedCommands(answers: [
                .listZFSEncryption: .success(Array(text.utf8)),
                .showZFSPools: .success(Array(Self.status(["/dev/sdb"]).utf8)),
            ]))
        #expect(await machine.state(.diskEncryptionType)?.isUnknown == true)
    }

    @Test func zfsIsNotAskedWhereThereIsNone() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.mount("/", "8:0", "ext4", "/dev/sda")
        let asked = CountingCommands()
        machine.commands = asked
        _ = await machine.state(.diskEncryptionType)
        #expect(await asked.commands.isEmpty)
        machine.mount("/tank", "0:40", "zfs", "tank")
        _ = await machine.state(.diskEncryptionType)
        #expect(await Set(asked.commands) == [.listZFSEncryption, .showZFSPools])
    }

    @Test func externalPoolIsNeitherCountedNorNamed() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdc", "8:32", usb: true)
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.mount("/backup", "0:40", "zfs", "backup")
        machine.commands = FixedCommands.zfs(
            datasets: [("backup", "off")], status: poolStatus("backup", ["  /dev/sdc  ONLINE 0 0 0"]))
        #expect(await machine.texts(.volumeEncryption) == ["/=LUKS2"])
        #expect(await machine.state(.diskEncryptionType) == .known(.string("ALL_INTERNAL_VOLUMES")))
    }

    // MARK: - Pools

    @Test func readsMirrorsLogsCachesAndSpares() throws {
        let text = poolStatus(
            "rpool",
            [
                "  mirror-0            ONLINE       0     0     0", "    /dev/sda3         ONLINE       0     0     0",
                "    /dev/disk/by-id/nvme-X_1-part3  ONLINE 0 0 0", "special", "  /dev/sdb1  ONLINE 0 0 0", "logs",
                "  /dev/sdc1   ONLINE 0 0 0", "cache", "  /dev/sdd1  ONLINE 0 0 0", "spares", "  /dev/sde  AVAIL",
            ])
        let pool = try #require(try ZFSPools(parsing: Array(text.utf8)).pools["rpool"])
        #expect(
            pool.members == ["/dev/sda3", "/dev/disk/by-id/nvme-X_1-part3", "/dev/sdb1", "/dev/sdc1", "/dev/sdd1"])
        #expect(!pool.lacksMember)
    }

    @Test func aMissingMemberIsNotForgotten() throws {
        let text = poolStatus(
            "rpool",
            [
                "  mirror-0  DEGRADED 0 0 0", "    /dev/sda3  ONLINE 0 0 0",
                "    1234567890123456789  UNAVAIL 0 0 0  was /dev/sdb3",
            ])
        let pool = try #require(try ZFSPools(parsing: Array(text.utf8)).pools["rpool"])
        #expect(pool.members == ["/dev/sda3"] && pool.lacksMember)
    }

    @Test func severalPoolsAreToldApart() throws {
        let text =
            poolStatus("a", ["  /dev/sda  ONLINE 0 0 0", "spares", "  /dev/sdx AVAIL"])
            + poolStatus("b", ["  /dev/sdb  ONLINE 0 0 0"])
        let pools = try ZFSPools(parsing: Array(text.utf8)).pools
        #expect(pools["a"]?.members == ["/dev/sda"] && pools["b"]?.members == ["/dev/sdb"])
    }

    @Test func noPoolsAreNoPools() throws {
        #expect(try ZFSPools(parsing: Array("no pools available\n".utf8)).pools.isEmpty)
    }

    @Test(
        arguments: [
            "  pool: a\n state: ONLINE\n", "  pool:\n", "  pool: a\nconfig:\n\n\tNAME STATE\n\ta ONLINE 0 0 0\n",
        ] as [String])
    func poolWithoutConfigurationIsNotUnderstood(text: String) {
        #expect(throws: ReadFailure.malformed) { try ZFSPools(parsing: Array(text.utf8)) }
    }

    @Test func tooManyDatasetsAreTooMany() {
        let text = (0...ZFSDatasets.limit).map { "p/\($0)\toff\n" }.joined()
        #expect(throws: ReadFailure.tooLarge(limit: ZFSDatasets.limit)) { try ZFSDatasets(parsing: Array(text.utf8)) }
    }

    @Test func onlyZFSAndPolkitOfTheirOwnPathsAreRun() {
        for command in [Command.listZFSEncryption, .showZFSPools, .checkMountingRight] {
            #expect(command.programs.allSatisfy { $0.hasPrefix("/") } && command.variables.isEmpty)
            #expect(command.timeout <= .seconds(2) && command.outputLimit <= 1 << 20)
        }
    }
}

/// Commands that fail, and are counted.
actor CountingCommands: CommandRunner {
    private(set) var commands: [Command] = []

    func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        commands.append(command)
        return .failure(.notInstalled)
    }
}
