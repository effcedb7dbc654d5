// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Spans that ended and are still to be sent, the oldest first.
final class SpanQueue: Sendable {
    /// How many are kept at most. What ends while there is no room is dropped: to trace may never hold up what is traced.
    static let limit = 4096

    private let state = Mutex<(spans: [FinishedSpan], dropped: Int)>(([], 0))

    func append(_ span: FinishedSpan) {
        state.withLock { state in
            if state.spans.count < Self.limit { state.spans.append(span) } else { state.dropped += 1 }
        }
    }

    /// The next spans, at most so many. They are the caller's from then on.
    func take(_ count: Int) -> [FinishedSpan] {
        state.withLock { state in
            defer { state.spans.removeFirst(min(count, state.spans.count)) }
            return Array(state.spans.prefix(count))
        }
    }

    /// Puts back what could not be sent, before all that ended since; the newest of it go where there is no room.
    func putBack(_ spans: [FinishedSpan]) {
        state.withLock { state in
            let room = max(0, Self.limit - state.spans.count)
            state.spans.insert(contentsOf: spans.prefix(room), at: 0)
            state.dropped += max(0, spans.count - room)
        }
    }

    /// How many were dropped since this was last asked.
    func takeDropped() -> Int {
        state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped
        }
    }
}
