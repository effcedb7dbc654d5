// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The volumes of a machine that count for its encryption, and what was found about each.
///
/// Counted is every mounted file system that lies on a disk and can be written, and all swap space. Not counted are `/boot`
/// and the EFI system partition, images that can only be read, what is in memory, what lies on the network, and USB and
/// removable disks unless the system or the person's home lies on them.
struct VolumeSurvey: Sendable {
    /// The volumes and swap spaces that count, and that outlast a restart.
    private(set) var counted: [Protection] = []
    /// The protection of the volumes that hold the operating system, where there are such.
    private(set) var system: Protection?
    /// The protection of the volume that holds the person's home, where there is one.
    private(set) var home: Protection?
    /// A line on each volume, for a person.
    private(set) var evidence: [String] = []

    private let view: SystemView
    private let mounts: MountTable
    private let tree: BlockDeviceTree

    /// Surveys a machine with these mounts and swap spaces.
    init(of view: SystemView, mounts: MountTable, swaps: SwapTable) {
        self.view = view
        self.mounts = mounts
        tree = BlockDeviceTree(system: view, mounts: mounts)
        surveyVolumes()
        surveySwap(swaps)
        surveyHibernation()
    }

    /// Folders of the operating system that may be volumes of their own.
    private static let systemFolders = ["/", "/usr", "/etc", "/var", "/sysroot"]
    /// File systems that are written once, as a whole.
    private static let images: Set<String> = ["squashfs", "erofs", "iso9660", "udf", "cramfs", "romfs"]
    /// File systems on disks that have no block device number of their own.
    private static let anonymous: Set<String> = ["btrfs", "zfs", "bcachefs"]
    /// File systems whose disks are other machines'.
    private static let network: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs", "lustre",
    ]

    private mutating func surveyVolumes() {
        let systemMounts = Set(Self.systemFolders.compactMap(mounts.mount(holding:)))
        let homeMount = view.home.flatMap(mounts.mount(holding:))
        let needed = systemMounts.union([mounts.mount(holding: "/home"), homeMount].compactMap(\.self))
        var found: [VolumeKey: Storage] = [:]
        var systemParts: [Protection] = []
        for mount in mounts.mounts where isCandidate(mount, isNeeded: needed.contains(mount)) {
            let key = VolumeKey(device: mount.device, fileSystem: mount.fileSystem)
            let isNew = found[key] == nil
            let storage = found[key] ?? tree.storage(of: mount)
            found[key] = storage
            let isNeeded = needed.contains { VolumeKey(device: $0.device, fileSystem: $0.fileSystem) == key }
            guard isNeeded || !storage.isExternal else {
                if isNew { evidence.append("a removable volume does not count") }
                continue
            }
            if isNew { count(storage, as: "\(label(mount.mountPoint)) (\(mount.fileSystem))") }
            guard storage.protection != .volatile else { continue }
            if systemMounts.contains(mount) { systemParts.append(storage.protection) }
            if mount == homeMount { home = storage.protection }
        }
        if !systemParts.isEmpty { system = .all(systemParts) }
    }

    private struct VolumeKey: Hashable {
        let device: DeviceNumber
        let fileSystem: String
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
            if entry.isFile {
                let mount = mounts.mount(holding: entry.path)
                count(mount.map { tree.storage(of: $0) } ?? .unknown("its file is not seen"), as: "swap file")
            } else {
                count(tree.source(entry.path), as: "swap")
            }
        }
    }

    /// The device that memory is written to for hibernation holds all that was in memory, whether it is swapped on now or not.
    private mutating func surveyHibernation() {
        let line: String
        do {
            line = try view.text("/proc/cmdline")
        } catch {
            // The swap space that would be used counts anyway where it is active.
            evidence.append("/proc/cmdline \(error.predicate)")
            return
        }
        let words = line.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.map { Substring($0) }
        guard !words.contains("noresume"), let word = words.last(where: { $0.hasPrefix("resume=") }) else { return }
        let value = String(word.dropFirst("resume=".count))
        if let device = DeviceNumber(value) {
            count(tree.storage(of: device), as: "hibernation")
        } else if let path = Self.devicePath(value) {
            count(tree.source(path), as: "hibernation")
        }
    }

    /// The path of the device that a `resume=` option names.
    static func devicePath(_ value: String) -> String? {
        let folders = ["UUID": "uuid", "PARTUUID": "partuuid", "LABEL": "label", "PARTLABEL": "partlabel"]
        let parts = value.split(separator: "=", maxSplits: 1)
        if parts.count == 2, let folder = folders[String(parts[0])] { return "/dev/disk/by-\(folder)/\(parts[1])" }
        return value.hasPrefix("/dev/") ? value : nil
    }

    private mutating func count(_ storage: Storage, as label: String) {
        let layers = storage.layers.isEmpty ? "" : " (\(storage.layers.joined(separator: ", ")))"
        evidence.append("\(label): \(storage.protection.word)\(layers)")
        if storage.protection != .volatile { counted.append(storage.protection) }
    }

    /// A mount point without the person's name in it.
    private func label(_ mountPoint: String) -> String {
        guard let home = view.home, mountPoint == home || mountPoint.hasPrefix(home + "/") else { return mountPoint }
        return "~" + mountPoint.dropFirst(home.count)
    }
}
