// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Tracing
internal import WireProtocol

/// A span that has ended, as it is sent.
struct FinishedSpan: Sendable {
    var place: TraceParent
    var parentSpanID: String?
    var name: String
    var kind: SpanKind
    /// Nanoseconds since 1970.
    var start: UInt64
    /// Nanoseconds since 1970.
    var end: UInt64
    var attributes: SpanAttributes
    var status: SpanStatus?
}
