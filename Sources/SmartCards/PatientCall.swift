// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Synchronization

/// A call of the library on a reader that nothing can end, with a bound on the wait for it.
///
/// The library holds a lock of the whole process's while it waits for the lock of a conversation with the service, and that one while
/// it waits for the card: whoever touched the conversation of a call that hangs would hang too, and take everybody along. So the call
/// has a thread of its own, and one that nobody waits for any more keeps its conversation to itself, and lets go of everything when
/// it ends: by the card's answer, or with the service. Until then its reader is marked.
enum PatientCall {
    private static let marks = Mutex<[String: [PCSCError]]>([:])

    private enum Progress<Value> {
        case waiting
        case over(Value)
        case taken
        case forsaken
    }

    private final class Attempt<Value: Sendable>: Sendable {
        let progress = Mutex(Progress<Value>.waiting)
        let isOver = DispatchSemaphore(value: 0)
    }

    /// Refuses a reader at which a call still hangs that would hold up the next one.
    ///
    /// - Throws: the first of these errors with which the reader is marked.
    static func check(_ reader: String, for errors: [PCSCError]) throws(PCSCError) {
        let marked = marks.withLock { $0[reader] } ?? []
        if let error = errors.first(where: marked.contains) { throw error }
    }

    /// Makes a call.
    ///
    /// - Parameters:
    ///   - queue: whose thread the call blocks; a serial one, for those get a thread however many of them are blocked.
    ///   - mark: what the reader is marked with while a call that nobody waits for hangs.
    ///   - call: the call.
    ///   - late: lets go of what a call has that nobody waits for any more, on the call's thread.
    /// - Returns: `nil` where the call did not end in time.
    static func run<Value: Sendable>(
        on reader: String, queue: DispatchQueue, patience: Duration, mark: PCSCError,
        _ call: @escaping @Sendable () -> Value, late: @escaping @Sendable (inout Value) -> Void
    ) -> Value? {
        let attempt = Attempt<Value>()
        queue.async {
            make(call, for: attempt, reader: reader, mark: mark, late: late)
            // After the call's thread has forgotten the value: what is secret in it can be wiped where it stands.
            attempt.isOver.signal()
        }
        _ = attempt.isOver.wait(timeout: .now() + .milliseconds(patience.milliseconds))
        return attempt.progress.withLock { progress in
            guard case .over(let value) = progress else {
                progress = .forsaken
                marks.withLock { $0[reader, default: []].append(mark) }
                return nil
            }
            progress = .taken
            return value
        }
    }

    private static func make<Value>(
        _ call: () -> Value, for attempt: Attempt<Value>, reader: String, mark: PCSCError, late: (inout Value) -> Void
    ) {
        var value = call()
        let isForsaken = attempt.progress.withLock { progress in
            if case .forsaken = progress { return true }
            progress = .over(value)
            return false
        }
        guard isForsaken else { return }
        late(&value)
        marks.withLock { marks in
            guard let index = marks[reader]?.firstIndex(of: mark) else { return }
            marks[reader]?.remove(at: index)
            if marks[reader]?.isEmpty == true { marks[reader] = nil }
        }
    }
}
