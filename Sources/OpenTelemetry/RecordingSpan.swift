// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
package import Tracing
internal import WireProtocol

/// A piece of work that is timed, and sent once it ends.
///
/// What an error says may name people and secrets: of an error the type alone is recorded. Events and links are not.
package final class RecordingSpan: Span {
    package let context: ServiceContext
    private let queue: SpanQueue
    private let state: Mutex<(span: FinishedSpan, hasEnded: Bool)>

    init(context: ServiceContext, queue: SpanQueue, as span: FinishedSpan) {
        self.context = context
        self.queue = queue
        state = Mutex((span, false))
    }

    package var operationName: String {
        get { state.withLock { $0.span.name } }
        set { state.withLock { $0.span.name = newValue } }
    }

    package var attributes: SpanAttributes {
        get { state.withLock { $0.span.attributes } }
        set { state.withLock { $0.span.attributes = newValue } }
    }

    package var isRecording: Bool { state.withLock { $0.span.place.isSampled && !$0.hasEnded } }

    package func setStatus(_ status: SpanStatus) { state.withLock { $0.span.status = status } }

    package func addEvent(_ event: SpanEvent) {}

    package func addLink(_ link: SpanLink) {}

    package func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        updateAttributes { $0["error.type"] = String(describing: type(of: error)) }
    }

    /// Ends it; what is done to it later changes nothing.
    package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let finished = state.withLock { state -> FinishedSpan? in
            defer { state.hasEnded = true }
            return state.hasEnded || !state.span.place.isSampled ? nil : state.span
        }
        guard var finished else { return }
        finished.end = instant().nanosecondsSinceEpoch
        queue.append(finished)
    }
}
