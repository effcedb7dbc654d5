// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Tracing
package import WireProtocol

/// A tracer whose spans a ``SpanExporter`` sends.
///
/// A trace that another program began is recorded where that says so; of the traces that begin here, a part is.
package struct RecordingTracer: Tracer {
    private let queue: SpanQueue
    private let percent: Int

    init(queue: SpanQueue, percent: Int) {
        self.queue = queue
        self.percent = percent
    }

    package func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> RecordingSpan {
        var context = context()
        let parent = context.traceParent
        let place = TraceParent(within: parent, isSampled: Int.random(in: 0..<100) < percent)
        context.traceParent = place
        return RecordingSpan(
            context: context, queue: queue,
            as: FinishedSpan(
                place: place, parentSpanID: parent?.spanID, name: operationName, kind: kind,
                start: instant().nanosecondsSinceEpoch, end: 0, attributes: [:]))
    }

    /// Nothing is left for it to do: a ``SpanExporter`` sends by itself, at the latest when it is ended.
    package func forceFlush() {}

    package func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        context.traceParent = extractor.extract(key: "traceparent", from: carrier).flatMap { TraceParent($0) }
    }

    package func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let place = context.traceParent else { return }
        injector.inject(place.description, forKey: "traceparent", into: &carrier)
    }
}

private enum TraceParentKey: ServiceContextKey {
    typealias Value = TraceParent
}

extension ServiceContext {
    /// The place in a trace of what runs in this context, or `nil` for none.
    package var traceParent: TraceParent? {
        get { self[TraceParentKey.self] }
        set { self[TraceParentKey.self] = newValue }
    }
}
