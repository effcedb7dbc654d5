// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Who is at the other end of a socket of the local machine, as the kernel noted it when the connection was made.
///
/// Source: unix(7), `SO_PEERCRED`; glibc declares `struct ucred` for GNU sources alone.
package struct PeerCredentials: Hashable, Sendable {
    /// The process.
    package private(set) var processID: Int32 = 0
    /// The user.
    package private(set) var userID: UInt32 = 0
    private var groupID: UInt32 = 0

    /// Whoever is at the other end, or `nil` where the kernel does not tell.
    package init?(of descriptor: Int32) {
        var size = socklen_t(MemoryLayout<PeerCredentials>.size)
        let result = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &self, &size)
        guard result == 0, size == MemoryLayout<PeerCredentials>.size else { return nil }
    }

    /// The groups of whoever is at the other end, of all that the process has; `nil` where the kernel does not tell.
    ///
    /// Source: unix(7), `SO_PEERGROUPS`, since Linux 4.13.
    package func groups(of descriptor: Int32) -> [UInt32]? {
        var groups = [UInt32](repeating: 0, count: 1024)
        var size = socklen_t(groups.count * MemoryLayout<UInt32>.stride)
        // SO_PEERGROUPS, which Glibc's module does not have: asm-generic/socket.h.
        let option: Int32 = 59
        if getsockopt(descriptor, SOL_SOCKET, option, &groups, &size) != 0 {
            // There are more, and the kernel has said how much room they take. A process has 65,536 at most (NGROUPS_MAX).
            guard errno == ERANGE, size <= 65_536 * MemoryLayout<UInt32>.stride else { return nil }
            groups = [UInt32](repeating: 0, count: Int(size) / MemoryLayout<UInt32>.stride)
            guard getsockopt(descriptor, SOL_SOCKET, option, &groups, &size) == 0 else { return nil }
        }
        return [groupID] + groups.prefix(Int(size) / MemoryLayout<UInt32>.stride)
    }
}
