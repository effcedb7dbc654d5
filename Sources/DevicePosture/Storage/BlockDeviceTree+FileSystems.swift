// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension BlockDeviceTree {
    /// File systems of nothing that lasts.
    private static let inMemory: Set<String> = ["tmpfs", "ramfs", "devtmpfs", "autofs"]
    /// File systems that encrypt all that they are given, by their type in the mount table.
    ///
    /// `fuse.gocryptfs-reverse` is none of them: it shows a folder that is kept as it is.
    static let encrypting = [
        "ecryptfs": "eCryptfs", "fuse.gocryptfs": "gocryptfs", "fuse.cryfs": "CryFS", "fuse.encfs": "EncFS",
    ]

    /// What lies below a mounted file system.
    func storage(of mount: Mount, depth: Int = 0) -> Storage {
        if Self.inMemory.contains(mount.fileSystem) { return Storage(protection: .volatile) }
        if let format = Self.encrypting[mount.fileSystem] {
            return Storage(protection: .encrypted, layers: [mount.fileSystem], formats: [format])
        }
        switch mount.fileSystem {
        case "btrfs": return btrfs(mount, depth)
        case "bcachefs": return bcachefs(mount, depth)
        case "zfs": return zfs.storage(of: mount.source, in: self, depth: depth)
        case "overlay": return overlay(mount, depth)
        case "ubifs": return Storage(protection: .plain, layers: ["flash memory"])
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

    /// A bcachefs encrypts by itself, or lies on devices of which all count.
    private func bcachefs(_ mount: Mount, _ depth: Int) -> Storage {
        let named = mount.source.split(separator: ":").map { kernelName(ofSource: String($0)) }
        guard !named.isEmpty, !named.contains(nil) else {
            return .unknown("the devices of a bcachefs are not seen")
        }
        let names = Set(named.compactMap(\.self))
        do {
            for folder in try system.list("/sys/fs/bcachefs") {
                let path = "/sys/fs/bcachefs/\(folder)"
                let members = try system.list(path).filter { $0.hasPrefix("dev-") }.map { "\(path)/\($0)/block" }
                let devices = members.compactMap {
                    try? system.canonical($0).split(separator: "/").last.map(String.init)
                }
                guard !names.isDisjoint(with: devices) else { continue }
                var storage = Storage.all(members.map { self.storage(at: $0, depth: depth) })
                guard storage.protection != .encrypted else { return storage }
                switch BcachefsOption.isOn(try system.attribute("\(path)/options/encrypted")) {
                case .some(true):
                    storage.protection = .encrypted
                    storage.formats = ["bcachefs"]
                case .some(false): break
                case nil: storage.protection = .unknown("how a bcachefs is encrypted is not understood")
                }
                return storage
            }
        } catch {
            return withoutSysfs(names, .unknown(error, at: "/sys/fs/bcachefs"), depth)
        }
        return withoutSysfs(names, .unknown("the bcachefs is not seen in /sys/fs/bcachefs"), depth)
    }

    /// Where a bcachefs does not show its own encryption, that of all its devices stands.
    private func withoutSysfs(_ names: Set<String>, _ failure: Storage, _ depth: Int) -> Storage {
        let below = Storage.all(names.sorted().map { storage(ofKernelName: $0, depth: depth) })
        var unknown = failure
        unknown.isExternal = below.isExternal
        return below.protection == .encrypted ? below : unknown
    }

    /// A writable overlay is what its upper folder lies on.
    private func overlay(_ mount: Mount, _ depth: Int) -> Storage {
        guard depth < Self.maximumDepth, let upper = mount.option("upperdir"), upper.hasPrefix("/"),
            let below = mounts.mount(holding: upper), below.fileSystem != "overlay"
        else { return .unknown("what an overlay writes to is not seen") }
        return storage(of: below, depth: depth + 1)
    }

    /// The kernel's name of the device that a path below `/dev` leads to.
    func kernelName(ofSource path: String) -> String? {
        guard path.hasPrefix("/dev/") else { return nil }
        let target = (try? system.canonical(path)) ?? path
        let name = target.dropFirst("/dev/".count).split(separator: "/").joined(separator: "!")
        if !name.isEmpty, (try? system.exists("/sys/class/block/\(name)")) == true { return name }
        // Without udev a mapped device is a node of its own instead of a link to the kernel's name.
        guard path.hasPrefix("/dev/mapper/"), let devices = try? system.list("/sys/class/block") else { return nil }
        let label = String(path.dropFirst("/dev/mapper/".count))
        return devices.first { (try? system.attribute("/sys/class/block/\($0)/dm/name")) == label }
    }
}

/// An option of bcachefs as sysfs shows it: a number, a word, or all words with the one that is set in brackets.
enum BcachefsOption {
    /// Whether an option of encryption is set, or `nil` where the text is not understood.
    static func isOn(_ text: String) -> Bool? {
        var word = Substring(text)
        if let open = text.firstIndex(of: "["), let end = text[open...].firstIndex(of: "]") {
            word = text[text.index(after: open)..<end]
        }
        if ["0", "none", "no", "off", "false"].contains(word) { return false }
        return ["1", "yes", "on", "true"].contains(word) || word.hasPrefix("chacha20") ? true : nil
    }
}
