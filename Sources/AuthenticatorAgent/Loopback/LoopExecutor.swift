// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Runs actors and tasks on the one event loop of the agent, so that a sign-in changes threads only where it waits for
/// something else.
final class LoopExecutor: SerialExecutor, TaskExecutor {
    let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute {
            job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
        }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() { loop.preconditionInEventLoop() }
}
