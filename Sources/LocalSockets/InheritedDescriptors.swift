// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Descriptors that the service manager passed on (sd_listen_fds(3)).
package enum InheritedDescriptors {
    /// The most that are taken.
    private static let maximum = 16

    /// The descriptors that are meant for this process, closed on exec from now on; none where the environment names none.
    ///
    /// Takes `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` out of the environment, so that no child believes in them: call it
    /// once, before other threads read the environment.
    package static func take() -> [Int32] {
        defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
        guard let process = number("LISTEN_PID"), process == Int(getpid()), let count = number("LISTEN_FDS"),
            (1...maximum).contains(count)
        else { return [] }
        return (0..<count).map { index in
            let descriptor = Int32(3 + index)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            return descriptor
        }
    }

    private static func number(_ variable: String) -> Int? {
        getenv(variable).flatMap { Int(String(cString: $0)) }
    }
}
