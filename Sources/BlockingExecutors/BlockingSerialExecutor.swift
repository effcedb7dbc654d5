// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// A thread's worth of execution for an actor whose work blocks, so that it never blocks the cooperative pool.
public final class BlockingSerialExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// An executor; the label is for debuggers.
    public init(label: String) { queue = DispatchQueue(label: label) }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Runs work that belongs to no actor yet, in turn with the actor's.
    public func run(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }
}
