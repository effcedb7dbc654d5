// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// One run of the PC/SC service. Its counts of what happened at readers begin anew with each: the service ends when nobody needs
/// it, and is started by the next who does.
package struct PCSCInstance: Hashable, Sendable {
    private let device: UInt64
    private let file: UInt64
    private let seconds: Int
    private let nanoseconds: Int

    /// The run that is there now; `nil` where there is none, or it cannot be told from others.
    ///
    /// Told by the file that the service writes as it starts and removes as it ends, beside its socket.
    package static var current: PCSCInstance? { PCSCInstance(file: folder + "/pcscd.pid") }

    /// The folder of the service's socket, as the library looks for it.
    private static var folder: String {
        guard let socket = getenv("PCSCLITE_CSOCK_NAME").map({ String(cString: $0) }),
            let end = socket.lastIndex(of: "/")
        else { return "/run/pcscd" }
        return String(socket[..<end])
    }

    init?(file path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        file = UInt64(status.st_ino)
        seconds = Int(status.st_mtim.tv_sec)
        nanoseconds = Int(status.st_mtim.tv_nsec)
    }
}
