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
        /// When light-locker locks.
        case lightLocker = "apps.light-locker"
    }

    /// Prints every key and value of a schema, as the person's session sees them.
    case listSettings(SettingsSchema)
    /// Prints whether the person's own account has a password.
    case accountStatus

    /// The absolute paths where the program may be, the first that can be executed is run.
    public var programs: [String] {
        switch self {
        case .listSettings: ["/usr/bin/gsettings", "/run/current-system/sw/bin/gsettings"]
        case .accountStatus: ["/usr/bin/passwd", "/run/wrappers/bin/passwd"]
        }
    }

    /// The arguments after the program's name.
    public var arguments: [String] {
        switch self {
        case .listSettings(let schema): ["list-recursively", schema.rawValue]
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
                "HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_DIRS", "XDG_DATA_HOME", "DCONF_PROFILE",
                "DBUS_SESSION_BUS_ADDRESS", "GIO_EXTRA_MODULES",
            ]
        case .accountStatus: []
        }
    }

    /// How long it may run.
    public var timeout: Duration {
        switch self {
        case .listSettings, .accountStatus: .seconds(1)
        }
    }
}
