// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A family of distributions that are set up alike, for advice that names commands.
public enum Distribution: String, Hashable, Sendable, CaseIterable {
    /// Debian, Ubuntu and what is made from them.
    case debian
    /// Fedora, RHEL and what is made from them.
    case fedora
    /// The same with a system image that is replaced whole: Silverblue, CoreOS, bootc.
    case ostree
    /// openSUSE and SLE.
    case suse
    /// Arch and what is made from it.
    case arch
    /// NixOS.
    case nixos
    /// Alpine and postmarketOS.
    case alpine
    /// Any other, or one that is not known.
    case other

    /// The family of a machine, by `ID` and `ID_LIKE` of os-release(5).
    public static func detect(in system: SystemView) -> Distribution {
        guard case .success(let (release, _)) = OSRelease.read(in: system) else { return .other }
        let likes = (release.values["ID_LIKE"] ?? "").split(separator: " ").map(String.init)
        let family = ([release.id ?? ""] + likes).lazy.compactMap { families[$0] }.first ?? .other
        let isImage = (try? system.exists("/run/ostree-booted")) == true || release.values["OSTREE_VERSION"] != nil
        return family == .fedora && isImage ? .ostree : family
    }

    private static let families: [String: Distribution] = [
        "debian": .debian, "ubuntu": .debian, "fedora": .fedora, "rhel": .fedora, "centos": .fedora, "suse": .suse,
        "opensuse": .suse, "opensuse-tumbleweed": .suse, "opensuse-leap": .suse, "sles": .suse, "arch": .arch,
        "nixos": .nixos, "alpine": .alpine, "postmarketos": .alpine,
    ]
}
