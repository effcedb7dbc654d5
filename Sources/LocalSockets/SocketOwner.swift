// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whose a socket is, as the kernel tells it.
package enum SocketOwner: Hashable, Sendable {
    /// A user's, with the socket's inode, by which its process can be found.
    case uid(UInt32, inode: UInt64)
    /// There is no such socket in this network namespace.
    case notFound
    /// It is no more an established connection that a process holds: such an entry reads as the superuser's.
    case closed
    /// Its user has no name in this user namespace (the overflow uid 65534).
    case overflow

    /// The uid that stands for all that have no name here (`/proc/sys/kernel/overflowuid`).
    package static let overflowUID: UInt32 = 65534

    /// What an entry of the kernel's table says.
    ///
    /// - Parameter state: a value of `TCP_ESTABLISHED` and so on.
    init(state: UInt8, uid: UInt32, inode: UInt64) {
        self =
            if state != Self.established || inode == 0 {
                .closed
            } else if uid == Self.overflowUID {
                .overflow
            } else {
                .uid(uid, inode: inode)
            }
    }

    private static let established: UInt8 = 1
}

/// Whom a server on the loopback serves: the sockets of one user alone. The superuser is no exception, on either side.
package struct PeerRule: Hashable, Sendable {
    /// The user.
    package let uid: UInt32

    /// A rule for this user's sockets.
    package init(uid: UInt32) { self.uid = uid }

    /// Whether the owner of a connecting socket is served.
    package func serves(_ owner: SocketOwner) -> Bool {
        if case .uid(let uid, _) = owner { uid == self.uid } else { false }
    }
}
