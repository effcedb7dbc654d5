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

    /// What the files that container managers leave tell.
    ///
    /// `/.dockerenv` and `/run/.containerenv` alone do not make a container: machines that are made from container images
    /// keep them. They count unless `/` is the top of a block device's file system.
    static func detect(in system: SystemView) -> Confinement {
        system.facts?.confinement { look(in: system) } ?? look(in: system)
    }

    private static func look(in system: SystemView) -> Confinement {
        let release = ((try? system.attribute("/proc/sys/kernel/osrelease")) ?? "").lowercased()
        if release.contains("microsoft") || release.contains("wsl") { return .wsl }
        if present("/.flatpak-info", in: system) { return .flatpak }
        for path in ["/run/host/container-manager", "/run/systemd/container"] {
            if let name = try? system.attribute(path), !name.isEmpty { return .container(name) }
        }
        for (path, name) in [("/run/.containerenv", "podman"), ("/.dockerenv", "docker")] {
            if present(path, in: system) && !ownsItsRoot(system) { return .container(name) }
        }
        return .none
    }

    private static func present(_ path: String, in system: SystemView) -> Bool {
        (try? system.exists(path)) ?? false
    }

    private static func ownsItsRoot(_ system: SystemView) -> Bool {
        guard let bytes = try? system.read(MountTable.path, limit: MountTable.limit),
            let table = try? MountTable(parsing: bytes), let root = table.mount(holding: "/")
        else { return false }
        return root.device.major != 0 && root.rootInFileSystem == "/"
    }
}
