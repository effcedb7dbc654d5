// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The block devices and what they rest on, as sysfs shows them to every user: one look at a machine.
final class BlockDeviceTree {
    let system: SystemView
    let mounts: MountTable
    let zfs: ZFSReport
    /// What lies below the devices that were walked to the end.
    private var walked: [String: Storage] = [:]
    /// More layers than any real machine has.
    static let maximumDepth = 24
    /// More parts than any real device has.
    private static let maximumParts = 1024

    /// The devices of a machine.
    ///
    /// - Parameters:
    ///   - mounts: where the files behind loop devices lie.
    ///   - zfs: what ZFS says of its own.
    init(system: SystemView, mounts: MountTable, zfs: ZFSReport = .notAsked) {
        self.system = system
        self.mounts = mounts
        self.zfs = zfs
    }

    /// What lies below the device with a number.
    func storage(of device: DeviceNumber, depth: Int = 0) -> Storage {
        storage(at: "/sys/dev/block/\(device)", depth: depth)
    }

    /// What lies below the device with a name of the kernel's, such as `dm-0`.
    func storage(ofKernelName name: String, depth: Int = 0) -> Storage {
        storage(at: "/sys/class/block/\(name)", depth: depth)
    }

    /// What lies below the device that a link of sysfs leads to.
    func storage(at link: String, depth: Int) -> Storage {
        do {
            return try walk(try system.canonical(link), depth)
        } catch {
            return .unknown(error, at: link)
        }
    }

    /// Goes from one device down to the disks, encryption or not: only the disks tell what is external.
    private func walk(_ path: String, _ depth: Int) throws(ReadFailure) -> Storage {
        if let known = walked[path] { return known }
        guard depth < Self.maximumDepth else { return .unknown("its devices are nested too deeply") }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        var storage: Storage
        var label = name
        if try system.exists("\(path)/dm") {
            let kind = DeviceMapperKind(uuid: try system.attribute("\(path)/dm/uuid"))
            storage = try mapped(path, kind, depth)
            if case .encrypting(let format) = kind { label += " \(format)" }
        } else if try system.exists("\(path)/partition") {
            storage = try walk(String(path.dropLast(name.count + 1)), depth + 1)
        } else if let below = try slaves(path, depth) {
            storage = try withCache(of: path, below, depth)
        } else if Self.isNumbered(name, "loop") {
            storage = try loop(path, depth)
        } else {
            storage = try disk(name, path, depth)
        }
        storage.layers.insert(label, at: 0)
        walked[path] = storage
        return storage
    }

    private func mapped(_ path: String, _ kind: DeviceMapperKind, _ depth: Int) throws(ReadFailure) -> Storage {
        var storage = try slaves(path, depth) ?? .unknown("no device is seen below it")
        switch kind {
        case .encrypting(let format):
            storage.protection = .encrypted
            storage.formats = [format]
        case .transparent:
            break
        case .unrecognized:
            // Whatever it does, it does so on encrypted storage; else it could be anything.
            if storage.protection != .encrypted {
                storage.protection = .unknown("the kind of a device-mapper device is not known")
            }
        }
        return storage
    }

    /// What lies below a device that is made of others, or `nil` where it is not.
    private func slaves(_ path: String, _ depth: Int) throws(ReadFailure) -> Storage? {
        let names: [String]
        do {
            names = try system.list("\(path)/slaves", limit: Self.maximumParts)
        } catch ReadFailure.absent {
            return nil
        } catch {
            throw error
        }
        guard !names.isEmpty else { return nil }
        return .all(names.map { storage(at: "\(path)/slaves/\($0)", depth: depth + 1) })
    }

    /// A bcache keeps a part of its data on the disks of its cache set, too.
    private func withCache(of path: String, _ below: Storage, _ depth: Int) throws(ReadFailure) -> Storage {
        let set = "\(path)/bcache/cache"
        guard try system.exists(set) else { return below }
        let caches = try system.list(set, limit: Self.maximumParts).filter { Self.isNumbered($0, "cache") }
        let parts = caches.map { cache -> Storage in
            do throws(ReadFailure) {
                // The link leads to the folder `bcache` of the disk.
                let folder = try system.canonical("\(set)/\(cache)")
                return try walk("/" + folder.split(separator: "/").dropLast().joined(separator: "/"), depth + 1)
            } catch {
                return .unknown(error, at: "\(set)/\(cache)")
            }
        }
        return .all([below] + parts)
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

    private func disk(_ name: String, _ path: String, _ depth: Int) throws(ReadFailure) -> Storage {
        if Self.isNumbered(name, "ram") { return Storage(protection: .volatile) }
        if Self.isNumbered(name, "zram") {
            // What it holds is in memory, but for what is written back.
            let backing = try system.attributeIfPresent("\(path)/backing_dev") ?? "none"
            return backing == "none" ? Storage(protection: .volatile) : source(backing, depth + 1)
        }
        if Self.isNumbered(name, "zd") { return zfs.storage(ofVolumeDevice: name, in: self, depth: depth + 1) }
        if ["nbd", "rbd", "drbd"].contains(where: { Self.isNumbered(name, $0) }) {
            return .unknown("what lies below \(name) is not seen")
        }
        let isRemovable = try system.attributeIfPresent("\(path)/removable") == "1"
        let isUSB = path.split(separator: "/").contains { Self.isNumbered(String($0), "usb") }
        // The kernel calls no memory card removable; its driver tells it from memory that is soldered in.
        let isCard =
            Self.isNumbered(name, "mmcblk") ? try system.attributeIfPresent("\(path)/device/type") == "SD" : false
        return Storage(protection: .plain, isExternal: isRemovable || isUSB || isCard)
    }

    private static func isNumbered(_ name: String, _ prefix: String) -> Bool {
        name.hasPrefix(prefix) && name.utf8.count > prefix.utf8.count
            && name.utf8.dropFirst(prefix.utf8.count).allSatisfy { (48...57).contains($0) }
    }
}
