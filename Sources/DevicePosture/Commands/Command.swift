// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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
    }

    /// Prints every key and value of a schema, as the person's session sees them.
    case listSettings(SettingsSchema)
    /// Prints the security advisories that DNF 5 knows of and has not installed, as JSON, by what it fetched last.
    case listDnf5Advisories
    /// Prints the same of DNF 4, a line each.
    case listDnf4Advisories
    /// Prints the security patches that zypper knows of and has not installed, as XML, by what it fetched last.
    case listZypperPatches

    /// The absolute paths where the program may be, the first that can be executed is run.
    public var programs: [String] {
        switch self {
        case .listSettings: ["/usr/bin/gsettings", "/run/current-system/sw/bin/gsettings"]
        case .listDnf5Advisories: ["/usr/bin/dnf5"]
        case .listDnf4Advisories: ["/usr/bin/dnf-3", "/usr/bin/dnf"]
        case .listZypperPatches: ["/usr/bin/zypper"]
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
        case .listDnf5Advisories, .listDnf4Advisories, .listZypperPatches: ["HOME", "XDG_CONFIG_HOME"]
        }
    }

    /// How long it may run.
    public var timeout: Duration {
        switch self {
        case .listSettings: .seconds(1)
        case .listDnf5Advisories, .listDnf4Advisories, .listZypperPatches: .milliseconds(2500)
        }
    }
}
