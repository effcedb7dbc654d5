// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsystemd
internal import Glibc

/// The socket that the service manager listens on and passes on (sd_listen_fds(3)).
package enum ActivatedSocket {
    /// Why there is no such socket.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// None was passed on, or more than one.
        case notOne(Int)
        /// It is no listening stream socket of the local machine.
        case wrongKind

        package var description: String {
            switch self {
            case .notOne(let count):
                "\(count) sockets were passed on instead of one: this program is started by "
                    + "countersign-posture-helper.socket"
            case .wrongKind: "what was passed on is no listening stream socket of the local machine"
            }
        }
    }

    /// The socket, closed on exec from now on. Call it once, before other threads read the environment.
    package static func take() throws(Failure) -> Int32 {
        let count = sd_listen_fds(1)
        guard count == 1 else { throw .notOne(max(0, Int(count))) }
        // SD_LISTEN_FDS_START
        let descriptor: Int32 = 3
        guard isListening(descriptor) else { throw .wrongKind }
        return descriptor
    }

    /// Whether a descriptor is a listening stream socket of the local machine.
    static func isListening(_ descriptor: Int32) -> Bool {
        sd_is_socket_unix(descriptor, Int32(SOCK_STREAM.rawValue), 1, nil, 0) > 0
    }
}
