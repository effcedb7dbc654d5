// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Tracing
internal import WireProtocol

/// Spans as a collector takes them: `ExportTraceServiceRequest` in the JSON of OTLP 1.x, where identifiers are hexadecimal, enumerations
/// numbers, and 64-bit numbers texts.
struct TraceExport: Encodable {
    var resourceSpans: [ResourceSpans]

    /// Spans of one service.
    init(_ spans: [FinishedSpan], service: String, version: String) {
        let resource = Resource(attributes: [
            Attribute(key: "service.name", value: .string(service)),
            Attribute(key: "service.version", value: .string(version)),
        ])
        resourceSpans = [
            ResourceSpans(
                resource: resource,
                scopeSpans: [
                    ScopeSpans(scope: Scope(name: service, version: version), spans: spans.map(ExportedSpan.init))
                ])
        ]
    }

    struct ResourceSpans: Encodable {
        var resource: Resource
        var scopeSpans: [ScopeSpans]
    }

    struct Resource: Encodable {
        var attributes: [Attribute]
    }

    struct ScopeSpans: Encodable {
        var scope: Scope
        var spans: [ExportedSpan]
    }

    struct Scope: Encodable {
        var name: String
        var version: String
    }

    struct ExportedSpan: Encodable {
        var traceId: String
        var spanId: String
        var parentSpanId: String?
        var name: String
        var kind: Int
        var startTimeUnixNano: String
        var endTimeUnixNano: String
        var attributes: [Attribute]
        var status: Status

        init(_ span: FinishedSpan) {
            traceId = span.place.traceID
            spanId = span.place.spanID
            parentSpanId = span.parentSpanID
            name = span.name
            kind = Self.number(span.kind)
            startTimeUnixNano = "\(span.start)"
            endTimeUnixNano = "\(span.end)"
            attributes = Attribute.all(span.attributes)
            status = Status(span.status)
        }

        private static func number(_ kind: SpanKind) -> Int {
            switch kind {
            case .internal: 1
            case .server: 2
            case .client: 3
            case .producer: 4
            case .consumer: 5
            }
        }
    }

    struct Status: Encodable {
        /// 0 says nothing, 1 that it is well, 2 that it failed.
        var code: Int

        init(_ status: SpanStatus?) {
            code =
                switch status?.code {
                case nil: 0
                case .ok: 1
                case .error: 2
                }
        }
    }

    struct Attribute: Encodable {
        var key: String
        var value: Value

        /// By their names. Lists, of which nothing here makes any, are left out.
        static func all(_ attributes: SpanAttributes) -> [Attribute] {
            var all: [Attribute] = []
            attributes.forEach { key, attribute in
                let value: Value? =
                    switch attribute {
                    case .string(let text): .string(text)
                    case .int64(let number): .int(number)
                    case .int32(let number): .int(Int64(number))
                    case .double(let number): .double(number)
                    case .bool(let flag): .bool(flag)
                    default: nil
                    }
                if let value { all.append(Attribute(key: key, value: value)) }
            }
            return all.sorted { $0.key < $1.key }
        }
    }

    enum Value: Encodable {
        case string(String)
        case int(Int64)
        case double(Double)
        case bool(Bool)

        private enum CodingKeys: String, CodingKey { case stringValue, intValue, doubleValue, boolValue }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .string(let text): try container.encode(text, forKey: .stringValue)
            case .int(let number): try container.encode("\(number)", forKey: .intValue)
            case .double(let number): try container.encode(number, forKey: .doubleValue)
            case .bool(let flag): try container.encode(flag, forKey: .boolValue)
            }
        }
    }
}
