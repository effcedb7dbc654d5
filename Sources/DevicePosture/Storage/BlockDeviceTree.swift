// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What lies below a volume.
struct Storage: Hashable, Sendable {
    /// Whether it is encrypted.
    var protection: Protection
    /// Whether all of it lies on USB or removable media.
    var isExternal = false
    /// The devices on the way down, by the kernel's names.
    var layers: [String] = []

    /// Several storages as one: every part counts.
    static func all(_ parts: [Storage]) -> Storage {
        Storage(
            protection: .all(parts.map(\.protection)),
            isExternal: !parts.isEmpty && parts.allSatisfy(\.isExternal),
            layers: parts.flatMap(\.layers))
    }

    /// A storage of which nothing is known.
    static func unknown(_ reason: String) -> Storage { Storage(protection: .unknown(reason)) }

    /// A storage that could not be read because of one file.
    static func unknown(_ failure: ReadFailure, at path: String) -> Storage {
        .unknown("\(path) \(failure.predicate)")
    }
}

/// The block devices and what they rest on, as sysfs shows them to every user.
struct BlockDeviceTree: Sendable {
    private let system: SystemView
    private let mounts: MountTable
    /// More layers than any real machine has.
    private static let maximumDepth = 24

    /// The devices of a machine.
    ///
    /// - Parameter mounts: where the files behind loop devices lie.
    init(system: SystemView, mounts: MountTable) {
        self.system = system
        self.mounts = mounts
    }

    /// What lies below the device with a number.
    func storage(of device: DeviceNumber, depth: Int = 0) -> Storage {
        storage(at: "/sys/dev/block/\(device)", depth: depth)
    }

    /// What lies below the device with a name of the kernel's, such as `dm-0`.
    func storage(ofKernelName name: String, depth: Int = 0) -> Storage {
        storage(at: "/sys/class/block/\(name)", depth: depth)
    }

    private func storage(at link: String, depth: Int) -> Storage {
        do {
            return try walk(try system.canonical(link), depth)
        } catch {
            return .unknown(error, at: link)
        }
    }

    /// Goes from one device down to the disks, encryption or not: only the disks tell what is external.
    private func walk(_ path: String, _ depth: Int) throws(ReadFailure) -> Storage {
        guard depth < Self.maximumDepth else { return .unknown("its devices are nested too deeply") }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        var storage: Storage
        if try system.exists("\(path)/dm") {
            storage = try mapped(path, depth)
            if case .encrypting(let format) = DeviceMapperKind(uuid: try system.attribute("\(path)/dm/uuid")) {
                storage.layers.insert("\(name) \(format)", at: 0)
                return storage
            }
        } else if try system.exists("\(path)/partition") {
            storage = try walk(String(path.dropLast(name.count + 1)), depth + 1)
        } else if let below = try slaves(path, depth) {
            storage = below
        } else if Self.isNumbered(name, "loop") {
            storage = try loop(path, depth)
        } else {
            storage = try disk(name, path)
        }
        storage.layers.insert(name, at: 0)
        return storage
    }

    private func mapped(_ path: String, _ depth: Int) throws(ReadFailure) -> Storage {
        let below = try slaves(path, depth)
        switch DeviceMapperKind(uuid: try system.attribute("\(path)/dm/uuid")) {
        case .encrypting:
            return Storage(
                protection: .encrypted, isExternal: below?.isExternal ?? false, layers: below?.layers ?? [])
        case .transparent:
            return below ?? .unknown("no device is seen below it")
        case .unrecognized:
            guard let below, below.protection == .encrypted else {
                return .unknown("the kind of a device-mapper device is not known")
            }
            return below
        }
    }

    /// What lies below a device that is made of others, or `nil` where it is not.
    private func slaves(_ path: String, _ depth: Int) throws(ReadFailure) -> Storage? {
        let names: [String]
        do {
            names = try system.list("\(path)/slaves", limit: 1024)
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
        guard !names.isEmpty else { return nil }
        return .all(names.map { storage(at: "\(path)/slaves/\($0)", depth: depth + 1) })
    }

    /// A loop device is what the file system of its file is.
    private func loop(_ path: String, _ depth: Int) throws(ReadFailure) -> Storage {
        var file = try system.attribute("\(path)/loop/backing_file")
        if file.hasSuffix(" (deleted)") { file = String(file.dropLast(" (deleted)".count)) }
        guard file.hasPrefix("/"), let mount = mounts.mount(holding: file) else {
            return .unknown("the file behind a loop device is not seen")
        }
        return storage(of: mount, depth: depth + 1)
    }

    private func disk(_ name: String, _ path: String) throws(ReadFailure) -> Storage {
        if Self.isNumbered(name, "ram") { return Storage(protection: .volatile) }
        if Self.isNumbered(name, "zram") {
            let backing = try system.attributeIfPresent("\(path)/backing_dev") ?? "none"
            guard backing != "none" else { return Storage(protection: .volatile) }
            return .unknown("compressed memory is written back to \(backing)")
        }
        if ["nbd", "rbd", "drbd", "zd"].contains(where: { Self.isNumbered(name, $0) }) {
            return .unknown("what lies below \(name) is not seen")
        }
        let isRemovable = try system.attributeIfPresent("\(path)/removable") == "1"
        let isUSB = path.split(separator: "/").contains { Self.isNumbered(String($0), "usb") }
        return Storage(protection: .plain, isExternal: isRemovable || isUSB)
    }

    private static func isNumbered(_ name: String, _ prefix: String) -> Bool {
        name.hasPrefix(prefix) && name.utf8.count > prefix.utf8.count
            && name.utf8.dropFirst(prefix.utf8.count).allSatisfy { (48...57).contains($0) }
    }
}

// MARK: - File systems

extension BlockDeviceTree {
    /// What lies below a mounted file system.
    func storage(of mount: Mount, depth: Int = 0) -> Storage {
        switch mount.fileSystem {
        case "tmpfs", "ramfs", "devtmpfs": return Storage(protection: .volatile)
        case "ecryptfs", "fuse.gocryptfs", "fuse.cryfs", "fuse.encfs":
            return Storage(protection: .encrypted, layers: [mount.fileSystem])
        case "btrfs": return btrfs(mount, depth)
        case "bcachefs": return bcachefs(mount, depth)
        case "zfs": return .unknown("the encryption of ZFS is not read by this agent")
        case "overlay": return overlay(mount, depth)
        default:
            guard mount.device.major != 0 else {
                return .unknown("what a file system of type \(mount.fileSystem) rests on is not seen")
            }
            let more = ["rtdev", "logdev"].compactMap { mount.option($0) }.map { source($0, depth) }
            return more.isEmpty
                ? storage(of: mount.device, depth: depth) : .all([storage(of: mount.device, depth: depth)] + more)
        }
    }

    /// What lies below a device that is named by a path, as in the source of a mount.
    func source(_ path: String, _ depth: Int = 0) -> Storage {
        guard let name = kernelName(ofSource: path) else { return .unknown("the device \(path) is not seen") }
        return storage(ofKernelName: name, depth: depth)
    }

    /// A btrfs has no device number of its own and may span devices: all of its members count.
    private func btrfs(_ mount: Mount, _ depth: Int) -> Storage {
        guard let name = kernelName(ofSource: mount.source) else {
            return .unknown("the device \(mount.source) of a btrfs is not seen")
        }
        do {
            for folder in try system.list("/sys/fs/btrfs") {
                let devices = "/sys/fs/btrfs/\(folder)/devices"
                guard try system.exists(devices) else { continue }
                let members = try system.list(devices)
                guard members.contains(name) else { continue }
                return .all(members.map { storage(at: "\(devices)/\($0)", depth: depth) })
            }
        } catch {
            return .unknown(error, at: "/sys/fs/btrfs")
        }
        return .unknown("the members of the btrfs on \(name) are not seen")
    }

    /// A bcachefs names its members in the source; its own encryption is not read.
    private func bcachefs(_ mount: Mount, _ depth: Int) -> Storage {
        let below = Storage.all(mount.source.split(separator: ":").map { source(String($0), depth) })
        return below.protection == .encrypted
            ? below : .unknown("the encryption of bcachefs is not read by this agent")
    }

    /// A writable overlay is what its upper folder lies on.
    private func overlay(_ mount: Mount, _ depth: Int) -> Storage {
        guard depth < Self.maximumDepth, let upper = mount.option("upperdir"), upper.hasPrefix("/"),
            let below = mounts.mount(holding: upper), below.fileSystem != "overlay"
        else { return .unknown("what an overlay writes to is not seen") }
        return storage(of: below, depth: depth + 1)
    }

    /// The kernel's name of the device that a path below `/dev` leads to.
    private func kernelName(ofSource path: String) -> String? {
        guard path.hasPrefix("/dev/") else { return nil }
        let target = (try? system.canonical(path)) ?? path
        let name = target.dropFirst("/dev/".count).split(separator: "/").joined(separator: "!")
        if (try? system.exists("/sys/class/block/\(name)")) == true { return name }
        // Without udev a mapped device is a node of its own instead of a link to the kernel's name.
        guard path.hasPrefix("/dev/mapper/"), let devices = try? system.list("/sys/class/block") else { return nil }
        let label = String(path.dropFirst("/dev/mapper/".count))
        return devices.first { (try? system.attribute("/sys/class/block/\($0)/dm/name")) == label }
    }
}
