// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What stands between this process and the machine.
enum Confinement: Hashable, Sendable {
    /// Nothing that is known of.
    case none
    /// A container, by the name of what runs it.
    case container(String)
    /// A Flatpak sandbox.
    case flatpak
    /// Windows Subsystem for Linux.
    case wsl

    /// The files that container managers and sandboxes leave.
    static let signs = [
        "/.flatpak-info", "/run/host/container-manager", "/run/systemd/container", "/run/.containerenv", "/.dockerenv",
    ]

    /// What the files that container managers leave tell.
    ///
    /// `/.dockerenv` and `/run/.containerenv` alone do not make a container: machines that are made from container images
    /// keep them. They count unless `/` is the top of a block device's file system.
    static func detect(in system: SystemView) -> Confinement {
        let detect = {
            var inspection = Inspection(system: system)
            let found = inspection.confinement()
            return (found, inspection.isComplete)
        }
        return system.facts?.confinement(detect) ?? detect().0
    }
}

/// One look at the files that container managers leave.
private struct Inspection {
    let system: SystemView
    /// Whether nothing failed that may succeed the next time.
    private(set) var isComplete = true

    init(system: SystemView) { self.system = system }

    mutating func confinement() -> Confinement {
        let release = (attribute("/proc/sys/kernel/osrelease") ?? "").lowercased()
        if release.contains("microsoft") || release.contains("wsl") { return .wsl }
        if exists("/.flatpak-info") { return .flatpak }
        for path in ["/run/host/container-manager", "/run/systemd/container"] {
            if let name = attribute(path), !name.isEmpty { return .container(name) }
        }
        for (path, name) in [("/run/.containerenv", "podman"), ("/.dockerenv", "docker")] {
            if exists(path) && !ownsItsRoot() { return .container(name) }
        }
        return .none
    }

    private mutating func attribute(_ path: String) -> String? {
        attempt { [system] () throws(ReadFailure) in try system.attribute(path) }
    }

    private mutating func exists(_ path: String) -> Bool {
        attempt { [system] () throws(ReadFailure) in try system.exists(path) } ?? false
    }

    private mutating func ownsItsRoot() -> Bool {
        let table = attempt { [system] () throws(ReadFailure) in
            try MountTable(parsing: try system.read(MountTable.path, limit: MountTable.limit))
        }
        guard let root = table?.mount(holding: "/") else { return false }
        if root.device.major != 0 { return root.rootInFileSystem == "/" }
        // A btrfs has no number of its own. Machines start from its top or right below it (`/root`, `/@`), containers from deeper.
        return root.fileSystem == "btrfs" && root.source.hasPrefix("/dev/")
            && root.rootInFileSystem.split(separator: "/").count <= 1
    }

    /// What was read; `nil` where it is not there, or could not be read.
    private mutating func attempt<Value>(_ read: () throws(ReadFailure) -> Value) -> Value? {
        do throws(ReadFailure) { return try read() } catch {
            if error != .absent { isComplete = false }
            return nil
        }
    }
}
