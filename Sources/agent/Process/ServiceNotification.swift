// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Tells the service manager how the daemon is (sd_notify(3)): a datagram to the socket that `NOTIFY_SOCKET` names.
struct ServiceNotification: Sendable {
    private let socketPath: String?
    /// How often the manager wants to hear that the daemon lives; `nil` where it does not ask.
    let watchdogInterval: Duration?

    /// The manager that the environment names, if any.
    init(environment: [String: String]) {
        socketPath = environment["NOTIFY_SOCKET"]
        let isForUs = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
        watchdogInterval =
            isForUs ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.map { .microseconds($0 / 2) } : nil
    }

    /// Sends a state such as `READY=1`. Nobody listening is no error.
    func send(_ state: String) {
        guard let socketPath, socketPath.utf8.count < 108 else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        // A name in the abstract space is written with an at sign for its first byte, which is zero.
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let message = Array(state.utf8)
        withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                _ = sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), name, length)
            }
        }
    }
}
