// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What the verifier counts and times, for Prometheus.
///
/// Labels have values of fixed sets: routes as they are declared, kinds of events, reasons. None is a name, an id, an address or
/// anything else of a person, a device or an app.
package final class VerifierMetrics: Sendable {
    private static let storeBounds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
    ]
    private static let requestBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

    let requests = CounterFamily(
        "countersign_http_requests_total", labels: ["route", "method", "status"], help: "Answers to HTTP requests.")
    let requestTimes = HistogramFamily(
        "countersign_http_request_duration_seconds", label: "route", bounds: requestBounds,
        help: "From a request's head to its answer's head.")
    let begun = CounterFamily("countersign_sign_ins_begun_total", labels: [], help: "Sign-ins that were begun.")
    let signIns = CounterFamily(
        "countersign_sign_ins_total", labels: ["outcome"],
        help: "Sign-ins that came to a session, and what kept others from it; one may count for several reasons.")
    let decisions = CounterFamily(
        "countersign_decisions_total", labels: ["decision"], help: "Decisions of policies.")
    let challenges = CounterFamily(
        "countersign_challenges_total", labels: ["kind"], help: "Challenges that were made.")
    let refusals = CounterFamily(
        "countersign_rate_limited_total", labels: ["action"], help: "What was refused because it was done too often.")
    let events = CounterFamily(
        "countersign_audit_events_total", labels: ["event", "result"], help: "Events of the audit log.")
    let storeTimes = HistogramFamily(
        "countersign_store_duration_seconds", label: "operation", bounds: storeBounds,
        help: "From asking the store to its answer, waiting included.")
    let storeFailures = CounterFamily(
        "countersign_store_failures_total", labels: ["operation"], help: "What the store could not do.")
    let traceSpans = CounterFamily(
        "countersign_trace_spans_total", labels: ["outcome"],
        help: "Spans that the collector of traces took, and those that it did not.")

    /// Nothing counted yet.
    package init() {}

    /// Counts what the audit log is told.
    func count(_ event: AuditEvent) {
        events.count(event.type.rawValue, event.outcome.result)
        switch event.type {
        case .userSessionStart where event.outcome == .success: signIns.count("success")
        case .authentication where event.outcome != .success: signIns.count(Self.reason(event))
        case .policyEvaluation:
            let isDue = event.debugData["verification"]?.hasPrefix("due") == true
            decisions.count(isDue ? "step_up" : event.outcome.result.lowercased())
        default: break
        }
    }

    /// All of it as Prometheus reads it.
    package func text() -> String {
        var text = MetricText()
        for family in [requests, begun, signIns, decisions, challenges, refusals, events, storeFailures, traceSpans] {
            family.write(to: &text)
        }
        for family in [requestTimes, storeTimes] { family.write(to: &text) }
        ProcessUse().write(to: &text)
        return text.text
    }

    /// Why a device's answer was none, out of a fixed set: the words in the audit log may name what was sent.
    private static func reason(_ event: AuditEvent) -> String {
        let words = event.outcome.reason ?? ""
        if let failure = SignInFailure(rawValue: words) { return failure.rawValue }
        if words == AuditReason.phishing { return SignInFailure.phishing.rawValue }
        if words == AuditReason.copiedKey { return SignInFailure.keyCopied.rawValue }
        return event.debugData["errorCode"] == nil ? "failed" : "refused"
    }
}
