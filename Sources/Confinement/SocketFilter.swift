// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CConfinement
internal import Glibc

/// What keeps a process, and all that it starts from then on, from making sockets that reach beyond this machine.
package enum SocketFilter {
    /// Lets this process make Unix and netlink sockets alone from now on; others are refused as if the kernel had no such family
    /// (`EAFNOSUPPORT`). Sockets that it has stay as they are, and a listening one goes on taking connections.
    ///
    /// It holds for all threads and what they start, and nothing takes it back (seccomp(2)). So that nothing gets around it, programs
    /// gain no privileges any more (`no_new_privs`), io_uring, which makes sockets without system calls, is refused, and so are
    /// the calls of another architecture than the program's.
    /// - Throws: ``SocketFilterError``, and nothing has changed but the privileges, where the kernel has no such filters or lets no one
    ///   put them in force.
    package static func putInForce() throws(SocketFilterError) {
        let code = countersign_keep_to_local_sockets()
        guard code == 0 else { throw SocketFilterError(errno: code) }
    }
}

/// Why there is no filter.
package struct SocketFilterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system's reason.
    package let errno: Int32

    package var description: String {
        "the kernel puts no filter of system calls in force: \(String(cString: strerror(errno)))"
    }
}
