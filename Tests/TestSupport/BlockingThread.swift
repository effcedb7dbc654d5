// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Runs blocking code on a thread of its own: the pools of Dispatch and of Swift have few, and many tests run at once.
package enum BlockingThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that ends with the body.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let reference = Unmanaged.passRetained(Body(body))
        let result = pthread_create(
            &thread, nil,
            { reference in
                if let reference { Unmanaged<Body>.fromOpaque(reference).takeRetainedValue().run() }
                return nil
            }, reference.toOpaque())
        precondition(result == 0, "no thread could be started")
        pthread_detach(thread)
    }

    /// Waits for what a blocking body finds.
    package static func value<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in start { continuation.resume(returning: body()) } }
    }
}
