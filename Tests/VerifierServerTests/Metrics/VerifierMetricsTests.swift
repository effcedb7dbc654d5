// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPSClient
import Hummingbird
import Logging
import Testing

@testable import VerifierServer

@Suite struct VerifierMetricsTests {
    // MARK: - What is counted

    @Test func requestsAreCountedByTheRouteThatAnswers() async throws {
        try await TestVerifier.run { verifier, client in
            for path in ["/livez", "/livez", "/idp/nobody/knows", "/nowhere?user=alice", "/signin/assets/none.js"] {
                _ = try await client.execute(uri: path, method: .get)
            }
            let odd = try #require(HTTPRequest.Method(rawValue: "BREW"))
            _ = try await client.execute(uri: "/livez", method: odd)
            let requests = verifier.services.metrics.requests
            #expect(requests["/livez", "GET", "200"] == 2)
            #expect(
                requests["/signin/assets/{name}", "GET", "404"] + requests["/signin/assets/:name", "GET", "404"] == 1)
            #expect(requests["unmatched", "GET", "404"] == 2)
            #expect(requests["unmatched", "other", "404"] + requests["unmatched", "other", "405"] == 1)
            #expect(!verifier.services.metrics.text().contains("nobody"))
        }
    }

    @Test func aSignInIsCountedAtEachStepAndNobodyIsNamed() async throws {
        try await TestVerifier.run(policies: ["app.json": PolicyDocuments.policy([PolicyDocuments.allow("All")])]) {
            verifier, client in
            let agent = try await verifier.person("alice", client)
            let browser = TestBrowser(client)
            _ = try await browser.signIn(request(), as: agent)
            let metrics = verifier.services.metrics
            #expect(metrics.begun[] == 1)
            #expect(metrics.challenges["sign_in"] == 1)
            #expect(metrics.signIns["success"] == 1)
            #expect(metrics.decisions["allow"] >= 1)
            let text = metrics.text()
            let users = try await verifier.services.users.list()
            let devices = try await verifier.services.store.read { try $0.all(DeviceRecord.self) }
            for word in ["alice", "Alice", "127.0.0.1"] + users.map(\.id) + devices.map(\.id) {
                #expect(!text.contains(word), "\(word)")
            }
            #expect(text.contains("process_resident_memory_bytes "))
            #expect(text.contains(#"countersign_store_duration_seconds_count{operation="write"}"#))
        }
    }

    @Test func whatKeepsPeopleOutIsCountedByItsReason() async throws {
        let world = try await VerifierWorld()
        _ = try await world.enrolledAgent()
        let handle = try await world.signInOf()
        _ = try await world.signIn.cancel(
            stateHandle: handle, reason: "OV_UNREACHABLE_BY_LOOPBACK", statusCode: nil)
        let metrics = world.services.metrics
        #expect(metrics.signIns["agentUnreachable"] == 1)
        metrics.count(AuditEvent(.authentication, outcome: .failure(AuditReason.phishing)))
        metrics.count(AuditEvent(.authentication, outcome: .failure("any words"), debugData: ["errorCode": "E0000011"]))
        metrics.count(AuditEvent(.authentication, outcome: .failure("of alice@example.com")))
        #expect(metrics.signIns["phishing"] == 1)
        #expect(metrics.signIns["refused"] == 1)
        #expect(metrics.signIns["failed"] == 1)
        metrics.count(AuditEvent(.policyEvaluation, outcome: .deny("no")))
        metrics.count(
            AuditEvent(.policyEvaluation, outcome: .allow, debugData: ["verification": "due: phishingResistant"]))
        #expect(metrics.decisions["deny"] == 1)
        #expect(metrics.decisions["step_up"] == 1)
        #expect(!metrics.text().contains("alice"))
    }

    @Test func eachRefusalByRateIsCounted() async throws {
        let world = try await VerifierWorld { $0.rateLimits.signInsPerAddress = RateLimit(1, per: 60) }
        _ = try await world.signIn.begin(.fixture(), address: VerifierWorld.address)
        for _ in 0..<3 {
            await #expect(throws: VerifierError.self) {
                _ = try await world.signIn.begin(.fixture(), address: VerifierWorld.address)
            }
        }
        #expect(world.services.metrics.refusals["sign-in"] == 3)
        #expect(!world.services.metrics.text().contains(VerifierWorld.address))
    }

    @Test func whatTheStoreCannotDoIsCounted() async throws {
        let metrics = VerifierMetrics()
        let store = MeasuredStore(store: BrokenStore(), metrics: metrics)
        await #expect(throws: StoreError.diskFull) { try await store.read { _ in } }
        await #expect(throws: StoreError.diskFull) { try await store.write { _ in } }
        #expect(metrics.storeFailures["read"] == 1)
        #expect(metrics.storeFailures["write"] == 1)
        #expect(metrics.text().contains(#"countersign_store_duration_seconds_count{operation="read"} 1"#))
    }

    // MARK: - Bounds and form

    @Test func theNumberOfSeriesIsBounded() {
        let family = CounterFamily("x_total", labels: ["a", "b"], help: "x")
        for number in 0..<(CounterFamily.maximumSeries + 100) { family.count("\(number)", "b") }
        family.count("0", "b")
        #expect(family["0", "b"] == 2)
        #expect(family["\(CounterFamily.maximumSeries + 5)", "b"] == 0)
        #expect(family["other", "other"] == 100)
    }

    @Test func aHistogramIsCumulative() {
        let family = HistogramFamily("x_seconds", label: "a", bounds: [0.1, 1], help: "x")
        for duration in [Duration.milliseconds(50), .milliseconds(100), .milliseconds(500), .seconds(7)] {
            family.observe("v", duration)
        }
        var text = MetricText()
        family.write(to: &text)
        let lines = text.text.split(separator: "\n").map(String.init)
        #expect(lines.contains(#"x_seconds_bucket{a="v",le="0.1"} 2"#))
        #expect(lines.contains(#"x_seconds_bucket{a="v",le="1.0"} 3"#))
        #expect(lines.contains(#"x_seconds_bucket{a="v",le="+Inf"} 4"#))
        #expect(lines.contains(#"x_seconds_count{a="v"} 4"#))
        #expect(lines.contains { $0.hasPrefix(#"x_seconds_sum{a="v"} 7.6"#) })
    }

    @Test func valuesCannotForgeALine() {
        let family = CounterFamily("x_total", labels: ["a"], help: "one\nline")
        family.count("a\"} 1\nforged_total{b=\"\\")
        var text = MetricText()
        family.write(to: &text)
        #expect(
            text.text == """
                # HELP x_total one\\nline
                # TYPE x_total counter
                x_total{a="a\\"} 1\\nforged_total{b=\\"\\\\"} 1

                """)
    }

    // MARK: - Who may ask

    private func monitored(
        allowed: String, headers: [String: String] = [:], _ path: String = "/metrics"
    ) async throws -> HTTPSResponse {
        let verifier = try await TestVerifier(more: "[metrics]\nport = 9100\nallowed = [\(allowed)]\n")
        let metrics = try #require(verifier.configuration.metrics)
        let listener = VerifierListener(
            configuration: verifier.configuration, services: verifier.services,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await ListeningVerifier.run(listener.monitoring(metrics)) { verifier in
            try await verifier.get(path, headers: headers)
        }
    }

    @Test func metricsAreForAllowedAddresses() async throws {
        let answer = try await monitored(allowed: #""127.0.0.0/8", "::1""#)
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(String(decoding: answer.body, as: UTF8.self).contains("# TYPE countersign_sign_ins_total counter"))
        #expect(try await monitored(allowed: #""::1", "127.0.0.1""#, "/readyz").status == 200)
    }

    @Test func othersGetNoMetricsWhateverTheySayOfThemselves() async throws {
        #expect(try await monitored(allowed: #""10.0.0.0/8""#).status == 403)
        let forwarded = ["X-Forwarded-For": "10.0.0.1"]
        #expect(try await monitored(allowed: #""10.0.0.0/8""#, headers: forwarded).status == 403)
    }

    @Test func theVerifiersOwnAddressHasNoMetrics() async throws {
        try await TestVerifier.run(more: "[metrics]\nport = 9100\n") { _, client in
            let answer = try await client.execute(uri: "/metrics", method: .get)
            #expect(answer.status == .notFound)
        }
    }
}

/// A store that can do nothing.
struct BrokenStore: VerifierStore {
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result { throw StoreError.diskFull }

    func write<Result: Sendable>(
        _ durability: WriteDurability, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result { throw StoreError.diskFull }
}
