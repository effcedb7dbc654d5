// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The commands that collectors may run: all of them, with typed arguments and absolute paths.
///
/// Nothing from outside becomes part of a command line, but for the name of a file in APT's or pacman's own folder, of few characters.
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
        /// When light-locker locks.
        case lightLocker = "apps.light-locker"
    }

    /// Prints every key and value of a schema, as the person's session sees them.
    case listSettings(SettingsSchema)
    /// Prints the security advisories that DNF 5 knows of and has not installed, as JSON, by what it fetched last.
    case listDnf5Advisories
    /// Prints the same of DNF 4, a line each.
    case listDnf4Advisories
    /// Prints the security patches that zypper knows of and has not installed, as XML, by what it fetched last.
    case listZypperPatches
    /// Prints a list of APT's that is kept compressed, as `apt-helper cat-file` decompresses it.
    case readAptList(AptListName)
    /// Prints the names of what is in one of pacman's lists, a compressed archive with a folder for each package; bsdtar(1), which
    /// is of the library that pacman itself reads them with.
    case listPacmanRepository(PacmanRepositoryName)
    /// Prints the packet filter that the kernel holds as JSON; the kernel shows it to the superuser alone.
    case nftablesRuleset
    /// Prints as JSON how Microsoft Defender fares.
    case defenderHealth
    /// Prints name and version of the browsers among RPM's packages, a line each.
    case rpmBrowsers
    /// Prints whether ZFS encrypts each file system and volume: name, tab, value; zfs-get(8).
    case listZFSEncryption
    /// Prints what each pool of ZFS is made of, members by their paths; zpool-status(8).
    case showZFSPools
    /// Asks polkit whether this process may mount a disk that was plugged in; pkcheck(1). Ends with 0 for yes, 1 for no, 2 where
    /// a password would be asked for.
    case checkMountingRight
    /// Prints whether the person's own account has a password.
    case accountStatus

    /// The absolute paths where the program may be, the first that can be executed is run.
    public var programs: [String] {
        switch self {
        case .listSettings: ["/usr/bin/gsettings", "/run/current-system/sw/bin/gsettings"]
        case .listDnf5Advisories: ["/usr/bin/dnf5"]
        case .listDnf4Advisories: ["/usr/bin/dnf-3", "/usr/bin/dnf"]
        case .listZypperPatches: ["/usr/bin/zypper"]
        case .readAptList: ["/usr/lib/apt/apt-helper"]
        case .listPacmanRepository: ["/usr/bin/bsdtar"]
        case .nftablesRuleset: ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/run/current-system/sw/bin/nft"]
        case .defenderHealth: ["/usr/bin/mdatp"]
        case .rpmBrowsers: ["/usr/bin/rpm"]
        case .listZFSEncryption: ["/usr/sbin/zfs", "/sbin/zfs", "/usr/bin/zfs", "/run/current-system/sw/bin/zfs"]
        case .showZFSPools: ["/usr/sbin/zpool", "/sbin/zpool", "/usr/bin/zpool", "/run/current-system/sw/bin/zpool"]
        case .checkMountingRight: ["/usr/bin/pkcheck", "/run/current-system/sw/bin/pkcheck"]
        case .accountStatus: ["/usr/bin/passwd", "/run/wrappers/bin/passwd"]
        }
    }

    /// The arguments after the program's name.
    public var arguments: [String] {
        switch self {
        case .listSettings(let schema): ["list-recursively", schema.rawValue]
        // A repository that was never fetched has to be an error, not one that is left out.
        case .listDnf5Advisories:
            [
                "--cacheonly", "--setopt=*.skip_if_unavailable=False", "advisory", "list", "--security", "--json",
            ]
        case .listDnf4Advisories:
            ["--cacheonly", "--setopt=*.skip_if_unavailable=False", "updateinfo", "list", "--security"]
        case .listZypperPatches:
            ["--xmlout", "--non-interactive", "--no-refresh", "list-patches", "--category", "security"]
        case .readAptList(let name): ["cat-file", name.path]
        case .listPacmanRepository(let name): ["-t", "-f", name.path]
        case .nftablesRuleset: ["-j", "list", "ruleset"]
        case .defenderHealth: ["health", "--output", "json"]
        case .rpmBrowsers:
            ["-qa", "--queryformat", "%{NAME} %{VERSION}\\n"] + BrowserPackage.all.flatMap(\.packages) + ["rpm"]
        case .listZFSEncryption: ["get", "-H", "-o", "name,value", "-t", "filesystem,volume", "encryption"]
        case .showZFSPools: ["status", "-P"]
        case .checkMountingRight:
            ["--action-id", "org.freedesktop.udisks2.filesystem-mount", "--process", String(getpid())]
        case .accountStatus: ["-S"]
        }
    }

    /// The environment variables that it gets, where they are set.
    ///
    /// `GSETTINGS_BACKEND` is not among them: another backend than the session's would answer with defaults.
    public var variables: [String] {
        switch self {
        case .listSettings:
            [
                // The desktop chooses among defaults that differ.
                "XDG_CURRENT_DESKTOP", "HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_DIRS", "XDG_DATA_HOME",
                "DCONF_PROFILE",
                "DBUS_SESSION_BUS_ADDRESS", "GIO_EXTRA_MODULES",
            ]
        case .listDnf5Advisories, .listDnf4Advisories, .listZypperPatches: ["HOME", "XDG_CONFIG_HOME"]
        case .readAptList, .listPacmanRepository, .nftablesRuleset, .defenderHealth, .rpmBrowsers: []
        case .listZFSEncryption, .showZFSPools, .checkMountingRight, .accountStatus: []
        }
    }

    /// How long it may run.
    public var timeout: Duration {
        switch self {
        case .listSettings, .listZFSEncryption, .showZFSPools, .checkMountingRight, .accountStatus: .seconds(1)
        case .listDnf5Advisories, .listDnf4Advisories, .listZypperPatches, .readAptList, .listPacmanRepository:
            .milliseconds(2500)
        case .nftablesRuleset, .defenderHealth, .rpmBrowsers: .seconds(2)
        }
    }

    /// The most bytes of output that are read.
    public var outputLimit: Int {
        switch self {
        case .nftablesRuleset: 4 * 1024 * 1024
        case .readAptList: 64 * 1024 * 1024
        case .listPacmanRepository: 8 * 1024 * 1024
        case .listZFSEncryption, .showZFSPools, .listDnf5Advisories, .listDnf4Advisories, .listZypperPatches:
            1024 * 1024
        case .listSettings, .defenderHealth, .rpmBrowsers, .checkMountingRight, .accountStatus: 64 * 1024
        }
    }
}
