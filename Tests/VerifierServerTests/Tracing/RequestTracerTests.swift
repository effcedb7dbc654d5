// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import Testing
import Tracing
import WireProtocol

@testable import OpenTelemetry
@testable import VerifierServer

@Suite struct RequestTracerTests {
    private static let table = "[tracing]\nendpoint = \"http://127.0.0.1:4318/v1/traces\"\n"
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    /// The spans of requests to a verifier that listens, as they ended.
    private static func spans(
        more: String = table, proxies: [IPAddressRange] = [],
        _ body: @escaping @Sendable (ListeningVerifier) async throws -> Void
    ) async throws -> [FinishedSpan] {
        let queue = SpanQueue()
        let verifier = try await TestVerifier(more: more)
        var configuration = verifier.configuration
        configuration.trustedProxies = proxies
        let application = try VerifierListener(
            configuration: configuration, services: verifier.services,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ).application()
        try await withTracer(RecordingTracer(queue: queue, percent: 100)) {
            try await ListeningVerifier.run(application, body)
        }
        return queue.take(.max)
    }

    @Test func aRequestIsNamedByItsRouteAlone() async throws {
        let spans = try await Self.spans { verifier in
            _ = try await verifier.get(
                "/oauth2/v1/authorize?client_id=nobody&login_hint=alice&state=hunter2",
                headers: ["User-Agent": "Mozilla/5.0 (alice's)", "Cookie": "session=hunter2"])
            _ = try await verifier.get("/idp/alice/hunter2")
            _ = try await verifier.get("/signin/assets/hunter2.js")
        }
        let requests = spans.filter { $0.kind == .server }
        #expect(requests.count == 3)
        let authorize = try #require(requests.first { $0.name == "GET /oauth2/v1/authorize" })
        #expect(authorize.attributes.get("http.route") == .string("/oauth2/v1/authorize"))
        #expect(authorize.attributes.get("http.request.method") == .string("GET"))
        let unmatched = try #require(requests.first { $0.name == "GET" }, "\(requests.map(\.name))")
        #expect(unmatched.attributes.get("http.response.status_code") == .int64(404))
        #expect(unmatched.attributes.get("http.route") == nil)
        #expect(!spans.contains { "\($0)".contains("alice") || "\($0)".contains("hunter2") })
    }

    @Test func whatTheStoreAnswersIsPartOfTheRequest() async throws {
        let spans = try await Self.spans { verifier in
            _ = try await verifier.get("/readyz")
        }
        let request = try #require(spans.first { $0.kind == .server })
        let store = spans.filter { $0.kind == .client }
        #expect(!store.isEmpty)
        #expect(store.allSatisfy { $0.parentSpanID == request.place.spanID })
        #expect(store.allSatisfy { $0.place.traceID == request.place.traceID })
        #expect(store.contains { $0.name == "store check" && $0.attributes.get("db.system.name") == .string("sqlite") })
    }

    @Test(arguments: [true, false]) func aTrustedProxyAloneSaysWhatARequestIsPartOf(_ isTrusted: Bool) async throws {
        let range = try #require(IPAddressRange(isTrusted ? "127.0.0.0/8" : "10.0.0.0/8"))
        let spans = try await Self.spans(proxies: [range]) { verifier in
            _ = try await verifier.get("/livez", headers: ["traceparent": Self.parent])
            _ = try await verifier.get("/livez", headers: ["traceparent": "rubbish"])
        }
        #expect(spans.count == 2)
        let first = try #require(spans.first)
        #expect((first.place.traceID == "4bf92f3577b34da6a3ce929d0e0e4736") == isTrusted)
        #expect((first.parentSpanID == "00f067aa0ba902b7") == isTrusted)
        #expect(spans.last?.parentSpanID == nil)
    }

    @Test func nothingIsTracedWithoutTheTable() async throws {
        let spans = try await Self.spans(more: "") { verifier in
            _ = try await verifier.get("/readyz")
        }
        #expect(spans.isEmpty)
    }
}
