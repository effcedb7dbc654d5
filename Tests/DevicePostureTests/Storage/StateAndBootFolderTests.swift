// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// The folder of the agent's keys, and the folder of the kernels.
@Suite struct StateAndBootFolderTests {
    /// A plain root on sda, and an encrypted disk as dm-0 at /vault.
    private func machine() throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "vault", uuid: StorageMachine.luks, on: ["sdb"])
        machine.mount("/", "8:0", "ext4", "/dev/sda")
        machine.mount("/vault", "254:0", "ext4", "/dev/mapper/vault")
        machine.mount("/run", "0:25", "tmpfs", "tmpfs")
        try machine.folder("/vault/state")
        try machine.folder("/run/user/1000")
        return machine
    }

    @Test(
        arguments: [
            ([:], false), (["XDG_STATE_HOME": "/vault/state"], true), (["XDG_STATE_HOME": "vault/state"], false),
            (["COUNTERSIGN_STATE_DIR": "/vault/not/yet/there"], true),
            (["COUNTERSIGN_STATE_DIR": "/home", "XDG_STATE_HOME": "/vault/state"], false),
            (["COUNTERSIGN_STATE_DIR": "/run/user/1000/c"], true),
        ] as [([String: String], Bool)])
    func folderIsFoundAsTheAgentFindsIt(environment: [String: String], expected: Bool) async throws {
        let machine = try machine()
        machine.environment = environment
        #expect(await machine.state(.stateFolderEncrypted) == .known(.boolean(expected)))
    }

    /// The keys lie where the link leads, whatever the volume of the home is.
    @Test func linkToAnotherVolumeIsFollowed() async throws {
        let machine = try machine()
        machine.link("/home/alice/.local/state", to: "/vault/state")
        #expect(await machine.state(.stateFolderEncrypted) == .known(.boolean(true)))
        machine.link("/vault/state/countersign", to: "/home")
        #expect(await machine.state(.stateFolderEncrypted) == .known(.boolean(false)))
    }

    @Test func encryptedRootDoesNotHelpAPlainHome() async throws {
        let machine = try MachineFixture()
        machine.disk("sda", "8:0")
        machine.disk("sdb", "8:16")
        machine.mapped("dm-0", "254:0", label: "root", uuid: StorageMachine.luks, on: ["sda"])
        machine.mount("/", "254:0", "ext4", "/dev/mapper/root")
        machine.mount("/home", "8:16", "ext4", "/dev/sdb")
        #expect(await machine.state(.stateFolderEncrypted) == .known(.boolean(false)))
    }

    @Test func folderInMemoryIsAsGoodAsTheSwapSpace() async throws {
        let machine = try machine()
        machine.environment = ["XDG_STATE_HOME": "/run/user/1000"]
        #expect(await machine.state(.stateFolderEncrypted) == .known(.boolean(true)))
        machine.swap("/dev/dm-0")
        #expect(await machine.state(.stateFolderEncrypted) == .known(.boolean(true)))
        machine.swap("/dev/sda")
        #expect(await machine.state(.stateFolderEncrypted) == .known(.boolean(false)))
    }

    @Test func folderThatIsNotKnownOrNotSeenIsUnknown() async throws {
        let machine = try machine()
        machine.home = nil
        #expect(await machine.state(.stateFolderEncrypted)?.isUnknown == true)
        machine.home = "/home/alice"
        machine.mount("/home", "0:70", "nfs4", "server:/home")
        #expect(await machine.state(.stateFolderEncrypted)?.isUnknown == true)
        machine.link("/circle", to: "circle")
        machine.environment = ["XDG_STATE_HOME": "/circle"]
        #expect(await machine.state(.stateFolderEncrypted)?.isUnknown == true)
    }

    // MARK: - /boot

    private func boot(root: String, _ mounts: [(String, String, String)]) async throws -> SignalState? {
        let machine = try machine()
        machine.write("/proc/self/mountinfo", "")
        let rest = ["dm-0": "254:0", "sda": "8:0", "none": "0:71"]
        var lines = ["22 1 \(rest[root] ?? "") / / rw - \(root == "none" ? "tmpfs" : "ext4") /dev/\(root) rw"]
        for (point, type, device) in mounts {
            lines.append("23 22 \(rest[device] ?? "") / \(point) rw - \(type) /dev/\(device) rw")
        }
        machine.write("/proc/self/mountinfo", lines.joined(separator: "\n") + "\n")
        return await machine.state(.bootEncrypted)
    }

    @Test func kernelsLieWhereBootLies() async throws {
        #expect(try await boot(root: "dm-0", []) == .known(.boolean(true)))
        #expect(try await boot(root: "dm-0", [("/boot/efi", "vfat", "sda")]) == .known(.boolean(true)))
        #expect(try await boot(root: "dm-0", [("/boot", "ext4", "sda")]) == .known(.boolean(false)))
        #expect(try await boot(root: "dm-0", [("/efi", "vfat", "sda")]) == .known(.boolean(false)))
        #expect(try await boot(root: "sda", [("/boot", "ext4", "dm-0")]) == .known(.boolean(true)))
        #expect(try await boot(root: "sda", []) == .known(.boolean(false)))
    }

    @Test func bootThatIsMountedOnlyWhileItIsUsedIsUnknown() async throws {
        #expect(try await boot(root: "dm-0", [("/boot", "autofs", "none")])?.isUnknown == true)
        #expect(try await boot(root: "dm-0", [("/efi", "autofs", "none")])?.isUnknown == true)
        #expect(try await boot(root: "none", [])?.isUnknown == true)
    }
}
