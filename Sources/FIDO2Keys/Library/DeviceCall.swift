// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import CLibfido2
internal import Glibc
internal import Synchronization

/// One call on a key: from when it is asked for until the key is closed again. Another thread may cancel it.
final class DeviceCall: Sendable {
    /// `@unchecked Sendable` holds because the pointer is used by the call's own thread and, for `fido_dev_cancel` alone, which
    /// only writes one report, by a thread that holds the lock, under which the device is closed as well.
    private struct Pointer: @unchecked Sendable { let raw: OpaquePointer }

    private struct State {
        var device: Pointer?
        var isCancelled = false
        var isEnded = false
    }

    private static let interval: UInt32 = 100_000
    private let state = Mutex(State())

    /// Whether somebody asked for the end.
    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Tells the call which device it is on, from when that is open.
    func opened(_ device: OpaquePointer) {
        let pointer = Pointer(raw: device)
        state.withLock { $0.device = pointer }
    }

    /// Closes the device while nobody cancels it.
    func closing(_ close: () -> Void) {
        state.withLock { state in
            state.device = nil
            close()
        }
    }

    /// Tells that the call is over.
    func end() { state.withLock { $0.isEnded = true } }

    /// Asks the key to stop waiting, over and over until the call has ended: what is said before the key waits is not heard.
    func cancel() {
        let isFirst = state.withLock { state in
            defer { state.isCancelled = true }
            return !state.isCancelled
        }
        guard isFirst else { return }
        BlockingSerialExecutor(label: "countersign.fido2-cancel").run { [self] in
            while tell() { usleep(Self.interval) }
        }
    }

    private func tell() -> Bool {
        state.withLock { state in
            guard !state.isEnded else { return false }
            if let device = state.device { fido_dev_cancel(device.raw) }
            return true
        }
    }
}
