// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Tracing
import WireProtocol

@testable import OpenTelemetry

@Suite struct RecordingTracerTests {
    private struct Secret: Error { let word: String }

    private struct Headers: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    /// The spans that ended.
    private static func finished(
        percent: Int = 100, _ body: (RecordingTracer) throws -> Void
    ) rethrows -> [FinishedSpan] {
        let queue = SpanQueue()
        try body(RecordingTracer(queue: queue, percent: percent))
        return queue.take(.max)
    }

    @Test func whatIsDoneWithinASpanIsItsChild() throws {
        let spans = Self.finished { tracer in
            tracer.withSpan("outer", ofKind: .server) { outer in
                outer.updateAttributes { $0["answer"] = 42 }
                tracer.withSpan("inner") { $0.operationName = "renamed" }
            }
        }
        let (inner, outer) = try (#require(spans.first), #require(spans.last))
        #expect(spans.count == 2)
        #expect(inner.name == "renamed" && outer.name == "outer")
        #expect(inner.place.traceID == outer.place.traceID && inner.parentSpanID == outer.place.spanID)
        #expect(outer.parentSpanID == nil && outer.kind == .server)
        #expect(outer.attributes.get("answer") == .int64(42))
        #expect(outer.start <= inner.start && inner.start <= inner.end && inner.end <= outer.end)
    }

    @Test func whatAnErrorSaysIsNotRecorded() throws {
        let spans = Self.finished { tracer in
            #expect(throws: Secret.self) { try tracer.withSpan("work") { _ in throw Secret(word: "hunter2") } }
        }
        let span = try #require(spans.first)
        #expect(span.attributes.get("error.type") == .string("Secret"))
        #expect(span.status?.code == .error)
        #expect(!"\(span)".contains("hunter2"))
    }

    @Test func aTraceThatBeganElsewhereGoesOn() throws {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        var sent: [String: String] = [:]
        let spans = Self.finished(percent: 1) { tracer in
            var context = ServiceContext.topLevel
            tracer.extract(["traceparent": header], into: &context, using: Headers())
            let span = tracer.startSpan("work", context: context)
            tracer.inject(span.context, into: &sent, using: Headers())
            span.end()
        }
        let span = try #require(spans.first)
        #expect(span.place.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && span.parentSpanID == "00f067aa0ba902b7")
        #expect(sent == ["traceparent": span.place.description])
    }

    @Test func whatIsNotToBeRecordedIsNotAndNorIsWhatIsWithin() {
        let spans = Self.finished(percent: 0) { tracer in
            tracer.withSpan("own") { span in
                #expect(!span.isRecording)
                tracer.withSpan("within") { _ in }
            }
        }
        #expect(spans.isEmpty)
        let foreign = Self.finished { tracer in
            var context = ServiceContext.topLevel
            let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
            tracer.extract(["traceparent": header], into: &context, using: Headers())
            tracer.startSpan("work", context: context).end()
        }
        #expect(foreign.isEmpty)
    }

    @Test func aPartOfTheTracesIsRecorded() {
        let spans = Self.finished(percent: 50) { tracer in
            for _ in 0..<1000 { tracer.startSpan("work").end() }
        }
        #expect((300...700).contains(spans.count))
    }

    @Test func aSpanEndsOnce() {
        let spans = Self.finished { tracer in
            let span = tracer.startSpan("work")
            span.end()
            span.operationName = "late"
            span.end()
        }
        #expect(spans.map(\.name) == ["work"])
    }
}
