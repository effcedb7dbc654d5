// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// Runs tasks on threads that may block, away from the cooperative pool.
final class BlockingExecutor: TaskExecutor {
    private let queue: DispatchQueue

    /// An executor whose threads carry this label.
    init(label: String) {
        queue = DispatchQueue(label: label, attributes: .concurrent)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
