// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Synchronization
import TestSupport
import Testing
import Tracing
import WireProtocol

@testable import OpenTelemetry

@Suite struct SpanExporterTests {
    /// What became of spans, as an exporter tells it.
    private final class Outcomes: Sendable {
        private let counts = Mutex<[SpanExporter.Outcome: Int]>([:])
        func count(_ outcome: SpanExporter.Outcome, _ number: Int) {
            counts.withLock { $0[outcome, default: 0] += number }
        }
        subscript(outcome: SpanExporter.Outcome) -> Int { counts.withLock { $0[outcome] ?? 0 } }

        /// Waits until so many have come to this, for at most ten seconds.
        func wait(for outcome: SpanExporter.Outcome, _ number: Int) async {
            for _ in 0..<1000 where self[outcome] < number { try? await Task.sleep(for: .milliseconds(10)) }
        }
    }

    private let outcomes = Outcomes()

    private func exporter(to endpoint: String, every interval: Duration = .milliseconds(10)) -> SpanExporter {
        SpanExporter(
            SpanExporter.Configuration(
                endpoint: endpoint, authorization: "Bearer t0ken", percent: 100, service: "a-service", version: "1.2"),
            every: interval, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, count: outcomes.count)
    }

    @Test func aCollectorGetsWhatEnded() async throws {
        let server = try StubHTTPServer()
        let exporter = exporter(to: server.origin + "/v1/traces")
        let running = Task { await exporter.run() }
        exporter.tracer.withSpan("outer", ofKind: .server) { span in
            span.attributes = ["text": "words", "number": 7, "flag": true, "part": 0.5]
            exporter.tracer.withSpan("inner") { $0.setStatus(SpanStatus(code: .error)) }
        }
        await outcomes.wait(for: .sent, 2)
        running.cancel()
        await running.value
        #expect(outcomes[.sent] == 2 && outcomes[.dropped] == 0)
        let requests = server.requests
        #expect(requests.allSatisfy { $0.method == "POST" && $0.path == "/v1/traces" })
        #expect(requests.allSatisfy { $0.headers["authorization"] == "Bearer t0ken" })
        #expect(requests.allSatisfy { $0.headers["content-type"] == "application/json" })
        let spans = try requests.flatMap { try Self.spans(in: $0.body) }
        let inner = try #require(spans.first { $0["name"] as? String == "inner" })
        let outer = try #require(spans.first { $0["name"] as? String == "outer" })
        #expect(inner["parentSpanId"] as? String == outer["spanId"] as? String)
        #expect(inner["traceId"] as? String == outer["traceId"] as? String)
        #expect(outer["parentSpanId"] == nil && outer["kind"] as? Int == 2 && inner["kind"] as? Int == 1)
        #expect(inner["status"] as? [String: Int] == ["code": 2] && outer["status"] as? [String: Int] == ["code": 0])
        let attributes = try #require(outer["attributes"] as? [[String: Any]])
        #expect(attributes.map { $0["key"] as? String } == ["flag", "number", "part", "text"])
        let values = attributes.compactMap { $0["value"] as? [String: Any] }
        #expect(values[0]["boolValue"] as? Bool == true && values[1]["intValue"] as? String == "7")
        #expect(values[2]["doubleValue"] as? Double == 0.5 && values[3]["stringValue"] as? String == "words")
        let start = try #require((outer["startTimeUnixNano"] as? String).flatMap { UInt64($0) })
        #expect(Date(timeIntervalSince1970: Double(start) / 1e9).timeIntervalSinceNow > -60)
    }

    @Test(arguments: [429, 502, 503, 504]) func whatACollectorCannotTakeNowItGetsLater(_ status: Int) async throws {
        let isBusy = Mutex(true)
        let server = try StubHTTPServer { _ in StubHTTPServer.Answer(isBusy.withLock { $0 } ? status : 200, body: "{}")
        }
        let exporter = exporter(to: server.origin)
        let running = Task { await exporter.run() }
        exporter.tracer.startSpan("work").end()
        _ = await server.requests(count: 2)
        #expect(outcomes[.sent] == 0)
        isBusy.withLock { $0 = false }
        await outcomes.wait(for: .sent, 1)
        #expect(outcomes[.sent] == 1 && outcomes[.dropped] == 0)
        running.cancel()
        await running.value
    }

    @Test func whatACollectorRefusesIsNotSentAgain() async throws {
        let server = try StubHTTPServer { _ in StubHTTPServer.Answer(401) }
        let exporter = exporter(to: server.origin)
        let running = Task { await exporter.run() }
        exporter.tracer.startSpan("work").end()
        await outcomes.wait(for: .dropped, 1)
        running.cancel()
        await running.value
        #expect(outcomes[.dropped] == 1 && server.requests.count == 1)
    }

    @Test func theEndSendsWhatIsThere() async throws {
        let server = try StubHTTPServer()
        let exporter = exporter(to: server.origin, every: .seconds(3600))
        let running = Task { await exporter.run() }
        for _ in 0..<(SpanExporter.batch + 1) { exporter.tracer.startSpan("work").end() }
        running.cancel()
        await running.value
        #expect(outcomes[.sent] == SpanExporter.batch + 1 && server.requests.count == 2)
    }

    @Test func theEndDoesNotWaitForACollectorThatIsAway() async throws {
        let server = try StubHTTPServer { _ in nil }
        let exporter = exporter(to: server.origin, every: .seconds(3600))
        let running = Task { await exporter.run() }
        for _ in 0..<3 { exporter.tracer.startSpan("work").end() }
        running.cancel()
        await running.value
        #expect(outcomes[.dropped] == 3)
    }

    @Test func noMoreIsKeptThanThereIsRoomFor() {
        let queue = SpanQueue()
        let tracer = RecordingTracer(queue: queue, percent: 100)
        for number in 0..<(SpanQueue.limit + 3) { tracer.startSpan("\(number)").end() }
        #expect(queue.takeDropped() == 3 && queue.takeDropped() == 0)
        let first = queue.take(10)
        #expect(first.map(\.name) == (0..<10).map(String.init))
        for _ in 0..<4 { tracer.startSpan("later").end() }
        queue.putBack(first)
        #expect(queue.takeDropped() == 4)
        let all = queue.take(.max)
        #expect(all.count == SpanQueue.limit)
        #expect(all.prefix(7).map(\.name) == ["0", "1", "2", "3", "4", "5", "10"])
    }

    private static func spans(in body: String) throws -> [[String: Any]] {
        let document = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        let resource = try #require((document?["resourceSpans"] as? [[String: Any]])?.first)
        let attributes = try #require((resource["resource"] as? [String: Any])?["attributes"] as? [[String: Any]])
        #expect(attributes.map { ($0["value"] as? [String: String])?["stringValue"] } == ["a-service", "1.2"])
        let scope = try #require((resource["scopeSpans"] as? [[String: Any]])?.first)
        return try #require(scope["spans"] as? [[String: Any]])
    }
}
