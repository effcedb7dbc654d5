// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Finds the owner of the socket at the other end of a loopback connection.
///
/// Asks the kernel by `NETLINK_SOCK_DIAG` for exactly this four-tuple, which takes some microseconds, and reads
/// `/proc/net/tcp` and `tcp6` only where netlink does not answer. May be called on any thread.
package final class SocketOwnerLookup: Sendable {
    private let netlink: Mutex<SocketDiagnostics?>
    private let table: SocketTable

    /// A lookup.
    package convenience init() { self.init(netlink: SocketDiagnostics(), table: SocketTable(root: "/proc/net")) }

    init(netlink: consuming sending SocketDiagnostics?, table: SocketTable) {
        self.netlink = Mutex(netlink)
        self.table = table
    }

    /// The owner of the peer's socket.
    ///
    /// - Parameter connection: the connection as the accepting end sees it, that end's own socket still being open.
    package func peerOwner(of connection: SocketPair) -> SocketOwner {
        let accepted = connection.unmapped
        let answer = netlink.withLock { netlink -> SocketDiagnostics.Answer in
            guard let netlink else { return .unavailable }
            let answer = netlink.find(accepted.reversed)
            // The kernel says the same where it has no such socket and where it cannot look for one. The accepting end
            // surely exists: who does not find it cannot look.
            if answer == .none, netlink.find(accepted) == .none { return .unavailable }
            return answer
        }
        switch answer {
        case .entry(let owner): return owner
        case .none: return .notFound
        case .unavailable: return table.find(accepted.reversed)
        }
    }
}
