// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// A copy of a command for the thread that sends it, which may outlive who gave the command; wiped as soon as it was sent, since a
/// PIN may be in it.
final class SecretCommand: Sendable {
    private let bytes: Mutex<[UInt8]>

    init(copying command: [UInt8]) {
        // Bytes of its own: a second reference would keep whoever gave the command from wiping it where it stands.
        let copy = command.withUnsafeBufferPointer { [UInt8]($0) }
        bytes = Mutex(copy)
    }

    /// What was never sent is wiped as well.
    deinit { bytes.withLock { bytes in Self.wipe(&bytes) } }

    /// Does something with the bytes, and wipes them.
    func use<Result: Sendable>(_ body: ([UInt8]) -> Result) -> Result {
        bytes.withLock { bytes in
            let result = body(bytes)
            Self.wipe(&bytes)
            return result
        }
    }

    /// Writes zeros over bytes that nobody else refers to.
    static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
        }
    }
}
