// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Glibc
internal import Synchronization

/// Ctrl-C and the service manager's wish that the program ends.
enum Interruption {
    /// How long nothing is said of a body that does not end when its task is cancelled.
    private static let patience = DispatchTimeInterval.seconds(1)

    /// Runs a body, whose task is cancelled by SIGINT, SIGTERM or SIGHUP; the second such signal ends the program at once. Where the
    /// body has to wait for what nobody can call off, as a card's touch, the person is told so.
    static func cancels<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task(operation: body)
        let queue = DispatchQueue(label: "countersign.signals")
        let isOver = Mutex(false)
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if task.isCancelled { _exit(128 + number) }
                task.cancel()
                queue.asyncAfter(deadline: .now() + patience) {
                    guard !isOver.withLock({ $0 }) else { return }
                    Console.note(
                        "waiting for what cannot be called off, as a smart card that waits for a touch; "
                            + "press Ctrl-C once more to end at once")
                }
            }
            source.activate()
            return source
        }
        defer {
            isOver.withLock { $0 = true }
            for source in sources { source.cancel() }
        }
        return try await task.value
    }
}
