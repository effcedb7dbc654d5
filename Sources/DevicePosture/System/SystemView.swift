// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceSignals
internal import Glibc

/// All that collectors may see of a machine: files below a root, the environment, the user, the time, and commands.
///
/// Tests lay files out in a folder and set ``root`` to it; absolute symbolic links then stay below it.
public struct SystemView: Sendable {
    /// The processor families that make a difference to a signal.
    public enum Architecture: Hashable, Sendable {
        /// x86, where a machine without EFI was started by a BIOS.
        case x86
        /// Any other.
        case other
    }

    /// The folder that stands for `/`, without a slash at its end; empty for the real one.
    public let root: String
    /// The environment variables.
    public var environment: [String: String]
    /// The user whose signals are read.
    public var userID: UInt32
    /// The user's home folder as an absolute path below the root, where it is known.
    public var home: String?
    /// The processor family.
    public var architecture: Architecture
    /// The time in seconds since 1970-01-01 UTC.
    public var now: @Sendable () -> Int64
    /// What runs the commands of the allow-list.
    public var commands: any CommandRunner
    /// What asks the services of the message buses.
    package var services: any ServiceReader
    /// The origins of the organisations that this device is enrolled with, such as `https://id.example.com`;
    /// `nil` where that is not known.
    public var organizationOrigins: [String]?
    /// What is kept from one snapshot to the next; `nil` where all is read each time.
    package var facts: LastingFacts?
    /// Files and folders that this user may not read, whatever the kernel says: a folder that stands for a machine does not
    /// always keep the owners of its files. Used by tests.
    package var closedPaths: Set<String> = []
    /// The numbers of the groups that the kernel gave the person's process; `nil` where that is this process, or is not known.
    package var groupIDs: [UInt32]?
    /// Whether files are read with the superuser's rights although ``userID`` is another user: in the posture helper.
    package var readsAsRoot = false

    /// A view of a machine.
    ///
    /// - Parameters:
    ///   - root: the folder that stands for `/`.
    ///   - userID: the user; this process's where none is given.
    ///   - now: the time; the system's where none is given.
    public init(
        root: String, environment: [String: String] = [:], userID: UInt32? = nil, home: String? = nil,
        architecture: Architecture = .current, now: (@Sendable () -> Int64)? = nil,
        commands: any CommandRunner = SpawningCommandRunner()
    ) {
        self.root = String(root.reversed().drop { $0 == "/" }.reversed())
        self.environment = environment
        self.userID = userID ?? UInt32(getuid())
        self.home = home
        self.architecture = architecture
        self.now = now ?? { Int64(time(nil)) }
        self.commands = commands
        services = NoServices()
    }

    /// Whose rights files are read with. In the posture helper these are root's, while ``userID`` is whoever asks.
    package var privilege: SignalPrivilege { readsAsRoot || userID == 0 ? .root : .user }

    /// Whether this is the machine that the process runs on, not a folder that stands for one.
    package var isLive: Bool { root.isEmpty }

    /// This machine, as this process sees it.
    public static var live: SystemView {
        var environment: [String: String] = [:]
        for name in observedVariables {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        var view = SystemView(root: "/", environment: environment, home: environment["HOME"])
        view.services = BusServiceReader()
        view.facts = LastingFacts()
        return view
    }

    /// A machine whose files are laid out in a folder, as of a mounted disk or an image: no commands, no services, no processes'
    /// environment; what only a live system can say is unknown.
    ///
    /// - Parameter folder: the folder that stands for `/`.
    public static func files(below folder: String) -> SystemView {
        SystemView(root: folder, environment: [:], commands: NoCommands())
    }

    /// Whether the folder that stands for `/` is one that can be read.
    public var isFolder: Bool { (try? list("/")) != nil }

    /// The environment variables that collectors and commands get to see.
    static let observedVariables = [
        "HOME", "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "XDG_SESSION_ID", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS",
        "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "COUNTERSIGN_STATE_DIR", "DISPLAY",
        "WAYLAND_DISPLAY", "DCONF_PROFILE",
        "DBUS_SESSION_BUS_ADDRESS", "GIO_EXTRA_MODULES",
    ]

    /// The folder of the user's own settings, by the XDG Base Directory Specification; a relative path counts as unset.
    var configurationHome: String? {
        if let path = environment["XDG_CONFIG_HOME"], path.hasPrefix("/") { return path }
        return home.map { $0 + "/.config" }
    }

    /// The folders of the machine's settings by the XDG Base Directory Specification, the most important first.
    var configurationFolders: [String] {
        let folders = (environment["XDG_CONFIG_DIRS"] ?? "").split(separator: ":").filter { $0.hasPrefix("/") }
        return folders.isEmpty ? ["/etc/xdg"] : folders.map(String.init)
    }

    /// The folders of data by the XDG Base Directory Specification, the user's own first.
    var dataFolders: [String] {
        let folders = (environment["XDG_DATA_DIRS"] ?? "").split(separator: ":").filter { $0.hasPrefix("/") }
        let own =
            environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home.map { $0 + "/.local/share" }
        return [own ?? "/nonexistent"]
            + (folders.isEmpty ? ["/usr/local/share", "/usr/share"] : folders.map(String.init))
    }

    /// The reading that a finding becomes now.
    package func reading(of finding: Finding) -> SignalReading {
        SignalReading(
            finding.state, source: finding.source, collectedAt: now(), privilege: privilege,
            evidence: finding.evidence)
    }
}

extension SystemView.Architecture {
    /// The one that this program was built for.
    public static var current: SystemView.Architecture {
        #if arch(x86_64) || arch(i386)
            .x86
        #else
            .other
        #endif
    }
}
