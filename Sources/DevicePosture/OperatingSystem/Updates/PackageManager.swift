// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What installs the system's packages on a machine.
enum PackageManager: Hashable, Sendable {
    case apt, dnf, rpmOSTree, bootc, zypper, transactionalUpdate, pacman, apk, nix, steamOS

    /// The one that the distribution is made with: others may be installed as tools.
    static func detect(in system: SystemView) throws(ReadFailure) -> PackageManager? {
        if try system.exists("/run/ostree-booted") {
            if try system.exists("/usr/bin/rpm-ostree") { return .rpmOSTree }
            return try system.exists("/usr/bin/bootc") ? .bootc : nil
        }
        let release: OSRelease
        switch OSRelease.read(in: system) {
        case .failure(let failure): throw failure
        case .success(let found): release = found.release
        }
        let names = [release.id ?? ""] + (release.values["ID_LIKE"] ?? "").split(separator: " ").map(String.init)
        for name in names {
            switch name {
            case "debian", "ubuntu": return .apt
            case "fedora", "rhel", "centos", "amzn", "mageia": return .dnf
            case "suse", "opensuse", "sles", "sle-micro", "opensuse-tumbleweed", "opensuse-leap":
                return try system.exists("/usr/sbin/transactional-update") ? .transactionalUpdate : .zypper
            case "steamos": return .steamOS
            case "arch": return .pacman
            case "alpine": return .apk
            case "nixos": return .nix
            default: continue
            }
        }
        return nil
    }
}
