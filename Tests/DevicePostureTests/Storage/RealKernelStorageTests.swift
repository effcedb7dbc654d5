// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import Testing

@testable import DevicePosture

/// The kernel that the tests run on, instead of files that stand for one. There is no device-mapper everywhere, but loop devices,
/// btrfs, fscrypt and swap spaces.
@Suite(.serialized) struct RealKernelStorageTests {
    private static let fscrypt = RealKernel.obstacle(
        programs: ["mke2fs", "mount", "losetup"], files: ["/sys/fs/ext4/features/encryption"])
    private static let btrfs = RealKernel.obstacle(
        programs: ["mkfs.btrfs", "mount", "losetup"], files: ["/dev/btrfs-control", "/sys/fs/btrfs"])
    private static let swap = RealKernel.obstacle(programs: ["mkswap", "swapon", "losetup"], files: ["/proc/swaps"])
    private static let zram = RealKernel.obstacle(
        programs: ["mkswap", "swapon"], files: ["/sys/class/zram-control/hot_add"])

    // MARK: - fscrypt

    @Test(.enabled(if: fscrypt == nil, "\(fscrypt ?? "")"))
    func folderThatTheKernelEncryptsIsEncrypted() async throws {
        let kernel = try RealKernel()
        let image = try kernel.image("ext4.img", megabytes: 16)
        try RealKernel.run(["mke2fs", "-q", "-t", "ext4", "-O", "encrypt", image])
        let point = try kernel.mount(try kernel.loop(image), type: "ext4", at: "disk")
        let (secret, open) = ("\(point)/secret", "\(point)/open")
        #expect(mkdir(secret, 0o700) == 0 && mkdir(open, 0o700) == 0)
        try Self.encrypt(secret, of: point)
        #expect(mkdir("\(secret)/below", 0o700) == 0)

        let view = SystemView(root: "/")
        #expect(view.encryptsFolder(secret) == true && view.encryptsFolder("\(secret)/below") == true)
        #expect(view.encryptsFolder(open) == false && view.encryptsFolder(point) == false)

        let volume = try kernel.survey().tree.storage(ofMountAt: point)
        for (folder, isEncrypted) in [(secret, true), (open, false)] {
            let survey = try kernel.survey(home: folder, environment: ["XDG_STATE_HOME": "\(folder)/not/yet"])
            let expected = isEncrypted || volume.protection == .encrypted
            #expect(StateFolder.finding(survey).state == .known(.boolean(expected)))
            guard volume.protection == .plain else { continue }
            #expect(survey.homeIsEncryptedByItself == isEncrypted)
            guard case .known(.strings(let texts)) = VolumeEncryption.finding(survey).state else { throw Missing() }
            #expect(texts.contains("~=fscrypt") == isEncrypted)
        }
    }

    private struct Missing: Error {}

    /// Gives a folder a key of the kernel's (fscrypt, policy version 2), which goes with the mount.
    private static func encrypt(_ folder: String, of mountPoint: String) throws {
        // struct fscrypt_add_key_arg of linux/fscrypt.h: kind 2, 20 more bytes for its name, 64 bytes of key behind 80 of header.
        var argument = [UInt8](repeating: 0, count: 80 + 64)
        argument[0] = 2
        argument[40] = 64
        for index in 80..<argument.count { argument[index] = UInt8(index) }
        try control(mountPoint, 0xC050_6617, &argument)
        // struct fscrypt_policy_v2: version 2, contents by AES-256-XTS, names by AES-256-CTS, padding of 32, and the key's name.
        var policy = [UInt8](repeating: 0, count: 24)
        policy.replaceSubrange(0..<4, with: [2, 1, 4, 3])
        policy.replaceSubrange(8..<24, with: argument[8..<24])
        try control(folder, 0x800C_6613, &policy)
    }

    private static func control(_ path: String, _ request: UInt, _ bytes: inout [UInt8]) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        let result = bytes.withUnsafeMutableBytes { ioctl(descriptor, request, $0.baseAddress!) }
        guard result == 0 else { throw RealKernel.Failure(command: "ioctl \(path)", reason: String(errno)) }
    }

    // MARK: - btrfs

    /// One device lies in memory, the other on this machine's disk: who looks at the one that the mount names takes it for memory.
    @Test(.enabled(if: btrfs == nil, "\(btrfs ?? "")"))
    func everyDeviceOfABtrfsCounts() async throws {
        let kernel = try RealKernel()
        let memory = try kernel.mount("tmpfs", type: "tmpfs", at: "memory", options: "size=600M")
        let here = try kernel.survey().tree.storage(ofMountAt: nil, holding: kernel.folder)
        let inMemory = try kernel.loop(try kernel.sparseImage("a.img", megabytes: 256, in: memory))
        let onDisk = try kernel.loop(try kernel.sparseImage("b.img", megabytes: 256))
        try RealKernel.run(["mkfs.btrfs", "-q", "-f", "-d", "raid0", inMemory, onDisk])
        let point = try kernel.mount(inMemory, type: "btrfs", at: "disk", options: "device=\(onDisk)")
        let survey = try kernel.survey()
        let mount = try #require(survey.mounts.mount(holding: point))
        #expect(mount.device.major == 0 && mount.source == inMemory)
        let storage = survey.tree.storage(of: mount)
        #expect(storage.protection == here.protection)
        let names = [inMemory, onDisk].map { String($0.dropFirst("/dev/".count)) }
        #expect(Set(names).isSubset(of: storage.layers))
    }

    @Test(.enabled(if: btrfs == nil, "\(btrfs ?? "")"))
    func btrfsInMemoryIsInMemory() async throws {
        let kernel = try RealKernel()
        let memory = try kernel.mount("tmpfs", type: "tmpfs", at: "memory", options: "size=600M")
        let device = try kernel.loop(try kernel.sparseImage("a.img", megabytes: 256, in: memory))
        try RealKernel.run(["mkfs.btrfs", "-q", "-f", device])
        let point = try kernel.mount(device, type: "btrfs", at: "disk")
        #expect(try kernel.survey().tree.storage(ofMountAt: point).protection == .volatile)
    }

    // MARK: - Swap space

    @Test(.enabled(if: swap == nil, "\(swap ?? "")"))
    func swapOnALoopDeviceAndInAFileIsAsGoodAsTheDisk() async throws {
        let kernel = try RealKernel()
        let image = try kernel.image("ext4.img", megabytes: 32)
        try RealKernel.run(["mke2fs", "-q", "-t", "ext4", image])
        let point = try kernel.mount(try kernel.loop(image), type: "ext4", at: "disk")
        let before = try kernel.survey()
        let volume = before.tree.storage(ofMountAt: point)
        let device = try kernel.loop(try kernel.image("swap.img", megabytes: 4))
        try kernel.swap(on: device)
        try kernel.swap(on: try kernel.image("swap file", megabytes: 4, in: point))
        let survey = try kernel.survey()
        let added = survey.swapSpaces.dropFirst(before.swapSpaces.count)
        #expect(added.map(\.label) == ["partition", "file"])
        #expect(added.allSatisfy { $0.storage.kind == volume.kind })
        #expect(added.first?.storage.layers.first == String(device.dropFirst("/dev/".count)))
        guard volume.protection == .plain else { return }
        #expect(SwapEncryption.finding(survey).state == .known(.boolean(false)))
    }

    @Test(.enabled(if: zram == nil, "\(zram ?? "")"))
    func compressedMemoryIsMemory() async throws {
        let kernel = try RealKernel()
        let before = try kernel.survey().swapSpaces.count
        try kernel.swap(on: try kernel.compressedMemory(megabytes: 8))
        let added = try kernel.survey().swapSpaces.dropFirst(before)
        #expect(added.map { "\($0.label)=\($0.storage.kind)" } == ["zram=memory"])
    }

    // MARK: - This machine

    @Test func thisMachineIsReadWithoutAProblem() async throws {
        let names = StorageEncryptionCollector().signals + [.removableMediaPolicy]
        let snapshot = await PostureCollector(system: .live).snapshot(of: names)
        for name in names {
            let reading = try #require(snapshot[name])
            if case .unknown(let reason) = reading.state {
                #expect(!reason.contains("is not understood"), "\(name): \(reason)")
            }
        }
    }
}

extension BlockDeviceTree {
    /// What lies below what is mounted at a point, or holds a path.
    fileprivate func storage(ofMountAt point: String?, holding path: String = "/") -> Storage {
        guard let mount = mounts.mount(holding: point ?? path) else { return .unknown("nothing is mounted there") }
        return storage(of: mount)
    }
}
