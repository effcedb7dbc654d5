// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import Cryptography
internal import Dispatch
internal import Synchronization

/// The authorization value of a PIN, computed on a thread of its own from when the PIN was typed: meanwhile the TPM loads the key.
final class PendingAuthorization: Sendable {
    private static let executor = BlockingSerialExecutor(label: "countersign.tpm-pins")

    private let result = Mutex(Result<SecretBytes, any Error>.failure(CancellationError()))
    private let isComputed = DispatchSemaphore(value: 0)

    /// Begins to compute.
    init(of pin: SecretBytes, salt: [UInt8], cost: PINAuthorization.Cost) {
        Self.executor.run {
            let computed = Result<SecretBytes, any Error> {
                defer { DeadStack.wipe() }
                return try PINAuthorization.value(of: pin, salt: salt, cost: cost)
            }
            self.result.withLock { $0 = computed }
            self.isComputed.signal()
        }
    }

    /// The value; blocks until it is there.
    ///
    /// - Throws: `CryptographyError`.
    func value() throws -> SecretBytes {
        isComputed.wait()
        // For who asks next.
        isComputed.signal()
        return try result.withLock { try $0.get() }
    }
}
