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
}
