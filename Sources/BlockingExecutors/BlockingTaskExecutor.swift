// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// Runs tasks on threads that may block, side by side, away from the cooperative pool.
public final class BlockingTaskExecutor: TaskExecutor {
    private let queue: DispatchQueue

    /// An executor whose threads carry this label.
    public init(label: String) {
        queue = DispatchQueue(label: label, attributes: .concurrent)
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
