// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
package import OpenTelemetry

extension VerifierServices {
    /// What sends the traces of a configuration, and counts what becomes of them.
    package func exporter(of tracing: VerifierConfiguration.Tracing, version: String) -> SpanExporter {
        SpanExporter(
            SpanExporter.Configuration(
                endpoint: tracing.endpoint, authorization: tracing.authorization, percent: tracing.percent,
                service: "countersign-verifier", version: version),
            logger: Logger(label: "verifier"), count: { metrics.traceSpans.count($0.rawValue, by: $1) })
    }
}
