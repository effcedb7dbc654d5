// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// Calls that the service answers at once if it runs: one that stands still, stopped or at odds with a driver, answers nothing, and the
/// library waits for it without an end.
///
/// While one call hangs nobody else waits for the service: it is said to be silent, until that call has ended.
enum ServiceCall {
    /// The mark of the service itself. No reader has this name.
    private static let service = ""

    /// - Throws: ``PCSCError/serviceSilent`` while a call that nobody waits for hangs.
    static func check() throws(PCSCError) { try PatientCall.check(service, for: [.serviceSilent]) }

    /// Makes a call.
    ///
    /// - Parameters:
    ///   - queue: as of ``PatientCall``; of a conversation's own.
    ///   - late: lets go of what a call has that nobody waits for any more, on the call's thread.
    /// - Throws: ``PCSCError/serviceSilent`` where it does not end in time.
    static func make<Value: Sendable>(
        on queue: DispatchQueue, patience: Duration, _ call: @escaping @Sendable () -> Value,
        late: @escaping @Sendable (inout Value) -> Void
    ) throws(PCSCError) -> Value {
        try check()
        guard
            let value = PatientCall.run(
                on: service, queue: queue, patience: patience, mark: .serviceSilent, call, late: late)
        else { throw .serviceSilent }
        return value
    }

    /// Lets something go: that is done in any case, as soon as the service runs, and waited for no longer than the patience.
    static func letGo(on queue: DispatchQueue, patience: Duration, _ call: @escaping @Sendable () -> Void) {
        guard (try? check()) != nil else { return queue.async(execute: call) }
        _ = PatientCall.run(on: service, queue: queue, patience: patience, mark: .serviceSilent, call) { _ in }
    }
}
