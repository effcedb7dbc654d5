// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPSClient
package import Logging
internal import WireProtocol

/// Sends spans to a collector of OpenTelemetry's by OTLP over HTTP, in JSON.
///
/// Nothing waits for it. Where the collector is away, at most ``SpanQueue/limit`` spans are kept for it, and tried again.
package struct SpanExporter: Sendable {
    /// Where spans go, and which.
    package struct Configuration: Hashable, Sendable {
        /// The collector's URL, the path included: `https`, or `http` on this machine.
        package var endpoint: String
        /// The value of the header `Authorization`, or `nil` for none.
        package var authorization: String?
        /// How many of a hundred traces that begin here are recorded.
        package var percent: Int
        /// What the service calls itself.
        package var service: String
        /// Its version.
        package var version: String

        /// A configuration.
        package init(endpoint: String, authorization: String?, percent: Int, service: String, version: String) {
            self.endpoint = endpoint
            self.authorization = authorization
            self.percent = percent
            self.service = service
            self.version = version
        }
    }

    /// What became of spans.
    package enum Outcome: String, Hashable, Sendable {
        /// The collector has taken them.
        case sent
        /// There was no room for them, or the collector does not want them.
        case dropped
    }

    /// How many spans go in one request.
    static let batch = 512
    /// How long one exchange may take, in milliseconds.
    static let timeoutMillis = 10_000

    private let configuration: Configuration
    private let queue = SpanQueue()
    private let interval: Duration
    private let count: @Sendable (Outcome, Int) -> Void
    private let client = HTTPSClient(.init(connectTimeoutMillis: timeoutMillis, maximumResponseBytes: 64 * 1024))
    private let logger: Logger

    /// An exporter.
    ///
    /// - Parameters:
    ///   - interval: how long spans may wait before they are sent.
    ///   - count: told what became of how many spans.
    package init(
        _ configuration: Configuration, every interval: Duration = .seconds(2), logger: Logger,
        count: @escaping @Sendable (Outcome, Int) -> Void
    ) {
        self.configuration = configuration
        self.interval = interval
        self.logger = logger
        self.count = count
    }

    /// The tracer whose spans are sent.
    package var tracer: RecordingTracer { RecordingTracer(queue: queue, percent: configuration.percent) }

    /// Sends until the task is cancelled; what is there then is sent once more.
    package func run() async {
        var trouble: String?
        while (try? await Task.sleep(for: trouble == nil ? interval : interval * 5)) != nil {
            let before = trouble
            trouble = await send(keepingWhatFails: true)
            switch (before, trouble) {
            case (nil, let trouble?): logger.warning("traces cannot be sent to \(configuration.endpoint): \(trouble)")
            case (.some, nil): logger.warning("traces can be sent to \(configuration.endpoint) again")
            default: break
            }
        }
        // The task is cancelled, and with it each request of its own.
        await Task { _ = await send(keepingWhatFails: false) }.value
    }

    /// Sends what is there, a request for each batch; what kept the last from being taken, or `nil`.
    private func send(keepingWhatFails isKept: Bool) async -> String? {
        defer { note(.dropped, queue.takeDropped()) }
        var trouble: String?
        while true {
            let spans = queue.take(Self.batch)
            guard !spans.isEmpty else { return trouble }
            switch await answer(to: spans, timeoutMillis: isKept ? Self.timeoutMillis : Self.timeoutMillis / 5) {
            case .taken:
                note(.sent, spans.count)
                trouble = nil
            case .refused(let reason):
                note(.dropped, spans.count)
                trouble = reason
            case .away(let reason):
                if isKept { queue.putBack(spans) } else { note(.dropped, spans.count) }
                return reason
            }
        }
    }

    private enum Answer {
        case taken
        /// It wants none of this.
        case refused(String)
        /// It may want it later.
        case away(String)
    }

    private func answer(to spans: [FinishedSpan], timeoutMillis: Int) async -> Answer {
        let export = TraceExport(spans, service: configuration.service, version: configuration.version)
        var headers = ["Content-Type": "application/json"]
        headers["Authorization"] = configuration.authorization
        do {
            let body = try JSON.encode(export)
            let response = try await client.send(
                HTTPSRequest(.post, configuration.endpoint, headers: headers, body: body, timeoutMillis: timeoutMillis))
            if response.isSuccess { return .taken }
            let reason = "the status is \(response.status)"
            // After these alone it may be tried again (OTLP specification, "Retryable Response Codes").
            return [429, 502, 503, 504].contains(response.status) ? .away(reason) : .refused(reason)
        } catch let error as HTTPSClientError {
            return .away("\(error)")
        } catch {
            return .refused("\(error)")
        }
    }

    private func note(_ outcome: Outcome, _ number: Int) {
        if number > 0 { count(outcome, number) }
    }
}
