// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The commands that collectors may run: all of them, with typed arguments and absolute paths.
///
/// Nothing from outside becomes part of a command line.
public enum Command: Hashable, Sendable {
    /// The settings schemas that are read.
    public enum SettingsSchema: String, Hashable, Sendable, CaseIterable {
        /// GNOME's screen lock.
        case gnomeScreenSaver = "org.gnome.desktop.screensaver"
        /// GNOME's idle delay.
        case gnomeSession = "org.gnome.desktop.session"
        /// What GNOME's administrator forbids.
        case gnomeLockdown = "org.gnome.desktop.lockdown"
        /// Cinnamon's screen lock.
        case cinnamonScreenSaver = "org.cinnamon.desktop.screensaver"
        /// Cinnamon's idle delay.
        case cinnamonSession = "org.cinnamon.desktop.session"
        /// What Cinnamon's administrator forbids.
        case cinnamonLockdown = "org.cinnamon.desktop.lockdown"
        /// MATE's screen lock.
        case mateScreenSaver = "org.mate.screensaver"
        /// MATE's idle delay.
        case mateSession = "org.mate.session"
        /// What MATE's administrator forbids.
        case mateLockdown = "org.mate.lockdown"
        /// What GNOME does with disks that are plugged in.
        case gnomeMediaHandling = "org.gnome.desktop.media-handling"
        /// What Cinnamon does with disks that are plugged in.
        case cinnamonMediaHandling = "org.cinnamon.desktop.media-handling"
        /// What MATE does with disks that are plugged in.
        case mateMediaHandling = "org.mate.media-handling"
    }

    /// Prints every key and value of a schema, as the person's session sees them.
    case listSettings(SettingsSchema)
    /// Prints whether ZFS encrypts each file system and volume: name, tab, value; zfs-get(8).
    case listZFSEncryption
    /// Prints what each pool of ZFS is made of, members by their paths; zpool-status(8).
    case showZFSPools
    /// Asks polkit whether this process may mount a disk that was plugged in; pkcheck(1). Ends with 0 for yes, 1 for no, 2 where
    /// a password would be asked for.
    case checkMountingRight

    /// The absolute paths where the program may be, the first that can be executed is run.
    public var programs: [String] {
        switch self {
        case .listSettings: ["/usr/bin/gsettings", "/run/current-system/sw/bin/gsettings"]
        case .listZFSEncryption: ["/usr/sbin/zfs", "/sbin/zfs", "/usr/bin/zfs", "/run/current-system/sw/bin/zfs"]
        case .showZFSPools: ["/usr/sbin/zpool", "/sbin/zpool", "/usr/bin/zpool", "/run/current-system/sw/bin/zpool"]
        case .checkMountingRight: ["/usr/bin/pkcheck", "/run/current-system/sw/bin/pkcheck"]
        }
    }

    /// The arguments after the program's name.
    public var arguments: [String] {
        switch self {
        case .listSettings(let schema): ["list-recursively", schema.rawValue]
        case .listZFSEncryption: ["get", "-H", "-o", "name,value", "-t", "filesystem,volume", "encryption"]
        case .showZFSPools: ["status", "-P"]
        case .checkMountingRight:
            ["--action-id", "org.freedesktop.udisks2.filesystem-mount", "--process", String(getpid())]
        }
    }

    /// The environment variables that it gets, where they are set.
    ///
    /// `GSETTINGS_BACKEND` is not among them: another backend than the session's would answer with defaults.
    public var variables: [String] {
        switch self {
        case .listSettings:
            [
                "HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_DIRS", "XDG_DATA_HOME", "DCONF_PROFILE",
                "DBUS_SESSION_BUS_ADDRESS", "GIO_EXTRA_MODULES",
            ]
        case .listZFSEncryption, .showZFSPools, .checkMountingRight: []
        }
    }

    /// How long it may run.
    public var timeout: Duration {
        switch self {
        case .listSettings, .listZFSEncryption, .showZFSPools, .checkMountingRight: .seconds(1)
        }
    }

    /// The most bytes of output that are read.
    public var outputLimit: Int {
        switch self {
        case .listSettings, .checkMountingRight: 64 * 1024
        case .listZFSEncryption, .showZFSPools: 1024 * 1024
        }
    }
}
