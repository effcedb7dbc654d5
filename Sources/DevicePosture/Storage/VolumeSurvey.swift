// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The volumes of a machine that count for its encryption, and what was found about each.
///
/// Counted is every mounted file system that lies on a disk and can be written, and all swap space. Not counted are `/boot`
/// and the EFI system partition, images that can only be read, what is in memory, what lies on the network, and USB and
/// removable disks unless the system or the person's home lies on them.
struct VolumeSurvey {
    /// A mounted file system that counts, and that outlasts a restart.
    struct Volume {
        /// Where it is mounted, without names of people.
        let label: String
        /// The type of its file system.
        let fileSystem: String
        /// What lies below it.
        let storage: Storage
    }

    /// An active swap space.
    struct SwapSpace {
        /// `partition`, `file` or `zram`.
        let label: String
        /// What lies below it.
        let storage: Storage
    }

    /// The volumes that count.
    private(set) var volumes: [Volume] = []
    /// The active swap spaces, those in memory, too.
    private(set) var swapSpaces: [SwapSpace] = []
    /// What hibernation writes to.
    private(set) var hibernation = HibernationPlan.off("")
    /// The protection of the volumes that hold the operating system, where there are such.
    private(set) var system: Protection?
    /// The protection of the volume that holds the person's home, where there is one.
    private(set) var home: Protection?
    /// How the folder of the person's home is encrypted by itself, whatever its volume is; `nil` where that cannot be read.
    private(set) var homeIsEncryptedByItself: Bool? = false
    /// A line on each volume, for a person.
    private(set) var evidence: [String] = []

    /// The machine.
    let view: SystemView
    /// Its mounted file systems.
    let mounts: MountTable
    /// Its block devices.
    let tree: BlockDeviceTree
    /// Where the person's home folder really lies.
    private let homePath: String?

    /// Surveys a machine with these mounts and swap spaces.
    init(of view: SystemView, mounts: MountTable, swaps: SwapTable, zfs: ZFSReport = .notAsked) {
        self.view = view
        self.mounts = mounts
        // On some machines `/home` is a link, and the volume is where it leads.
        homePath = view.home.map { (try? view.canonical($0)) ?? $0 }
        tree = BlockDeviceTree(system: view, mounts: mounts, zfs: zfs)
        surveyVolumes()
        surveySwap(swaps)
        hibernation = HibernationPlan(in: view, tree: tree, swap: swapSpaces.map(\.storage))
        if case .writes(let storage, _) = hibernation { note(storage, as: "hibernation") }
        if let path = view.home, home != .encrypted {
            homeIsEncryptedByItself = view.encryptsFolder(path)
            if homeIsEncryptedByItself == true { evidence.append("~: encrypted by its file system") }
        }
    }

    /// What counts for the class of the whole machine.
    var counted: [Protection] {
        var counted = (volumes.map(\.storage) + swapSpaces.map(\.storage)).map(\.protection)
        if case .writes(let storage, isNamed: true) = hibernation { counted.append(storage.protection) }
        return counted.filter { $0 != .volatile }
    }

    /// Folders of the operating system that may be volumes of their own.
    private static let systemFolders = ["/", "/usr", "/etc", "/var", "/nix", "/sysroot"]
    /// File systems that are written once, as a whole.
    private static let images: Set<String> = ["squashfs", "erofs", "iso9660", "udf", "cramfs", "romfs"]
    /// File systems on disks that have no block device number of their own.
    private static let anonymous: Set<String> = ["btrfs", "zfs", "bcachefs", "ubifs"]
    /// File systems whose disks are other machines'.
    private static let network: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs", "lustre",
    ]

    private mutating func surveyVolumes() {
        let systemMounts = Set(Self.systemFolders.compactMap(mounts.mount(holding:)))
        let homeMount = homePath.flatMap(mounts.mount(holding:))
        let homes = (try? view.canonical("/home")) ?? "/home"
        let needed = systemMounts.union([mounts.mount(holding: homes), homeMount].compactMap(\.self))
        let neededKeys = Set(needed.map(VolumeKey.init))
        var found: [VolumeKey: Storage] = [:]
        var systemParts: [Protection] = []
        for mount in mounts.mounts where isCandidate(mount, isNeeded: needed.contains(mount)) {
            let key = VolumeKey(mount)
            let isNew = found[key] == nil
            let storage = found[key] ?? tree.storage(of: mount)
            found[key] = storage
            guard neededKeys.contains(key) || !storage.isExternal else {
                if isNew { evidence.append("a removable volume does not count") }
                continue
            }
            if isNew { count(mount, storage) }
            guard storage.protection != .volatile else { continue }
            if systemMounts.contains(mount) { systemParts.append(storage.protection) }
            if mount == homeMount { home = storage.protection }
        }
        if !systemParts.isEmpty { system = .all(systemParts) }
    }

    private struct VolumeKey: Hashable {
        let device: DeviceNumber
        let fileSystem: String
        /// The datasets of one pool have numbers of their own; nothing else needs more than its number.
        init(_ mount: Mount) {
            device = mount.device
            fileSystem = mount.fileSystem
        }
    }

    /// Whether a mount's storage has to be looked at.
    private mutating func isCandidate(_ mount: Mount, isNeeded: Bool) -> Bool {
        let isBoot =
            mount.mountPoint == "/boot" || mount.mountPoint.hasPrefix("/boot/")
            || (mount.mountPoint == "/efi" && mount.fileSystem == "vfat")
        if isBoot || Self.images.contains(mount.fileSystem) || !mount.isWritable { return false }
        if mount.device.major != 0 || Self.anonymous.contains(mount.fileSystem) { return true }
        if Self.network.contains(mount.fileSystem) && mount.mountPoint != "/" {
            if isNeeded { evidence.append("\(label(mount.mountPoint)) (\(mount.fileSystem)): on the network") }
            return false
        }
        return isNeeded
    }

    private mutating func surveySwap(_ swaps: SwapTable) {
        for entry in swaps.entries {
            let storage: Storage
            let label: String
            if entry.isFile {
                label = "file"
                let mount = mounts.mount(holding: entry.path)
                storage = mount.map { tree.storage(of: $0) } ?? .unknown("its file is not seen")
            } else {
                label = entry.path.hasPrefix("/dev/zram") ? "zram" : "partition"
                storage = tree.source(entry.path)
            }
            swapSpaces.append(SwapSpace(label: label, storage: storage))
            note(storage, as: entry.isFile ? "swap file" : "swap")
        }
    }

    private mutating func count(_ mount: Mount, _ storage: Storage) {
        let label = label(mount.mountPoint)
        note(storage, as: "\(label) (\(mount.fileSystem))")
        guard storage.protection != .volatile else { return }
        volumes.append(Volume(label: label, fileSystem: mount.fileSystem, storage: storage))
    }

    private mutating func note(_ storage: Storage, as label: String) {
        let layers = storage.layers.isEmpty ? "" : " (\(storage.layers.joined(separator: ", ")))"
        evidence.append("\(label): \(storage.protection.word)\(layers)")
    }

    /// A mount point without the names of people, and of disks as they name them.
    private func label(_ mountPoint: String) -> String {
        for home in [view.home, homePath].compactMap(\.self)
        where mountPoint == home || mountPoint.hasPrefix(home + "/") {
            return "~" + mountPoint.dropFirst(home.count)
        }
        for folder in ["/home/", "/var/home/", "/media/", "/run/media/"] where mountPoint.hasPrefix(folder) {
            return folder + "*"
        }
        return mountPoint
    }
}
