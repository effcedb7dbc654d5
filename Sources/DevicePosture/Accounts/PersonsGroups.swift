// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The groups of the person: those of the files, and on a live system those that the kernel gave the process.
///
/// Directory services are not asked: that may take the network. What they grant was given to the session when it began.
struct PersonsGroups: Hashable, Sendable {
    /// The name of the person's account, where `/etc/passwd` has it.
    var name: String?
    /// The names of the groups.
    var names: Set<String> = []
    /// Their numbers.
    var numbers: Set<UInt32> = []
    /// The names of all groups that `/etc/group` knows.
    var known: Set<String> = []
    /// How many of the person's groups have no name there.
    var unnamed = 0

    /// Reads them.
    ///
    /// - Throws: ``ReadFailure`` where the files cannot be read, or do not know the person and neither does the kernel;
    ///   and in the posture helper where the kernel did not tell the groups of the process that asks.
    init(in system: SystemView) throws(ReadFailure) {
        let accounts = AccountTable.accounts(parsing: try system.read("/etc/passwd", limit: AccountTable.limit))
        let groups = AccountTable.groups(parsing: try system.read("/etc/group", limit: AccountTable.limit))
        let account = accounts.first { $0.userID == system.userID }
        name = account?.name
        if let account {
            numbers.insert(account.groupID)
            for group in groups where group.members.contains(account.name) { numbers.insert(group.groupID) }
        }
        if let groups = system.groupIDs {
            numbers.formUnion(groups)
        } else if system.readsAsRoot {
            // The files alone do not have what a directory service granted, so that they say of nobody what they are not.
            throw .denied
        } else if system.isLive, getuid() == system.userID {
            numbers.formUnion(Self.ofThisProcess())
        }
        guard account != nil || !numbers.isEmpty, !groups.isEmpty else { throw .malformed }
        names = Set(groups.filter { numbers.contains($0.groupID) }.map(\.name))
        known = Set(groups.map(\.name))
        unnamed = numbers.subtracting(groups.map(\.groupID)).count
    }

    /// What is known beforehand.
    init(name: String?, names: Set<String>, numbers: Set<UInt32> = [], known: Set<String> = [], unnamed: Int = 0) {
        self.name = name
        self.names = names
        self.numbers = numbers
        self.known = known.union(names)
        self.unnamed = unnamed
    }

    private static func ofThisProcess() -> [UInt32] {
        var groups = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
        let count = getgroups(Int32(groups.count), &groups)
        return [UInt32(getegid())] + groups.prefix(Int(max(0, count))).map { UInt32($0) }
    }

    /// The groups that give special rights and that the person is in.
    var privileged: [String] { names.filter { PrivilegedGroup.all.contains($0) }.sorted() }
}

/// Groups that distributions give special rights to.
enum PrivilegedGroup {
    /// Those whose members may use sudo or answer as administrators, on the distributions that know them.
    static let administrative: Set<String> = ["root", "sudo", "wheel", "admin", "google-sudoers"]
    /// Those whose members become root without being asked: by a container or a virtual machine that holds the machine's files, by
    /// the disk itself, or by the hashes of all passwords.
    static let equalToRoot: Set<String> = [
        "docker", "lxd", "incus-admin", "libvirt", "libvirtd", "disk", "kmem", "shadow",
    ]
    /// Those whose members see or do more than others: virtual machines, restricted containers, logs, what is typed, what is on
    /// the network.
    static let special: Set<String> = ["adm", "incus", "input", "kvm", "systemd-journal", "vboxusers", "wireshark"]

    /// All of them.
    static let all = administrative.union(equalToRoot).union(special)
}
