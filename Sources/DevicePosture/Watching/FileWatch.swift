// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Tells when a file changes that signals are read from, by inotify(7).
///
/// `/dev` is not among the folders: who closes `/dev/null` would be heard there, and the kernel tells of devices itself.
final class FileWatch: Sendable {
    /// Folders of the machine whose files are watched; one that is not there is left out.
    static let folders = [
        "/etc", "/etc/apt/apt.conf.d", "/etc/default", "/etc/dconf/db", "/etc/firewalld", "/etc/gdm", "/etc/gdm3",
        "/etc/greetd",
        "/etc/lightdm", "/etc/lightdm/lightdm.conf.d", "/etc/modprobe.d", "/etc/pam.d", "/etc/sddm.conf.d", "/etc/ssh",
        "/etc/ssh/sshd_config.d", "/etc/sudoers.d", "/etc/sysctl.d", "/etc/systemd/system", "/etc/ufw", "/etc/xdg",
        "/boot", "/run", "/sys/firmware/efi/efivars", "/usr/lib/modules", "/var/lib/apt/lists", "/var/lib/apt/periodic",
        "/var/lib/dpkg", "/var/lib/rpm", "/var/lib/pacman/local",
    ]
    /// Folders below the person's own settings.
    private static let settings = [
        "", "/dconf", "/xfce4/xfconf/xfce-perchannel-xml", "/hypr", "/swayidle", "/cosmic/com.system76.CosmicIdle/v1",
    ]
    private static let mask =
        UInt32(IN_CLOSE_WRITE) | UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM)
        | UInt32(IN_ATTRIB) | UInt32(IN_ONLYDIR)

    /// The descriptor to wait on.
    let descriptor: Int32
    private let paths: [String]

    init(system: SystemView) throws(ChangeWatch.Failure) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else { throw ChangeWatch.Failure("inotify", errno: errno) }
        var paths = Self.folders
        if let settings = system.configurationHome { paths += Self.settings.map { settings + $0 } }
        if let home = system.home { paths += [home, home + "/.ssh"] }
        self.paths = paths
        addPaths()
    }

    /// Watches every folder that is there now; one that is watched already is left as it is.
    private func addPaths() {
        for path in paths { _ = inotify_add_watch(descriptor, path, Self.mask) }
    }

    deinit { close(descriptor) }

    /// Takes the events that came, and begins to watch folders that were made meanwhile.
    ///
    /// - Returns: whether one of them may matter: editors' and programs' temporary files do not.
    func takeRelevant() -> Bool {
        var isRelevant = false
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else {
                if isRelevant { addPaths() }
                return isRelevant
            }
            if Self.names(in: buffer[..<count]).contains(where: Self.matters) { isRelevant = true }
        }
    }

    /// The names in a block of `struct inotify_event`: watch, mask, cookie and length of 32 bits each, then the name.
    static func names(in bytes: ArraySlice<UInt8>) -> [String] {
        var names: [String] = []
        var rest = bytes
        while rest.count >= 16 {
            let length = rest.dropFirst(12).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 16 + length else { break }
            let name = rest.dropFirst(16).prefix(length).prefix { $0 != 0 }
            names.append(String(decoding: name, as: UTF8.self))
            rest = rest.dropFirst(16 + length)
        }
        return names
    }

    /// Whether a change of a file of this name may change a signal.
    static func matters(_ name: String) -> Bool {
        !(name.hasSuffix("~") || name.hasSuffix(".swp") || name.hasSuffix(".tmp") || name.hasPrefix(".#")
            // What package managers' own readers leave while they read.
            || name.hasSuffix("-shm") || name.hasSuffix("-wal") || name == "zypp.pid")
    }
}
