// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries
internal import WireProtocol

/// `/api/v1/logs`: the events of the audit log.
struct LogRoutes: Sendable {
    let gate: ManagementGate

    func add(to router: Router<VerifierRequestContext>) {
        gate.on(router, .get, "/logs", .logs) { call in
            let query = try LogQuery(call)
            await call.services.audit.flush()
            return try await query.answer(from: call.services.store)
        }
    }
}

/// Which events are asked for.
///
/// Without `until`, in ascending order, the list has no end: it always says where it goes on, so that a program can ask again later
/// for what came since, as with Okta's System Log.
struct LogQuery: Sendable {
    private let since: Instant?
    private let until: Instant?
    private let filter: FilterExpression?
    private let words: [String]
    private let isDescending: Bool
    private let after: String?
    private let limit: Int

    private static let list = "logs"
    private static let standardLimit = 100
    private static let maximumLimit = 1000
    /// How many events one request looks at.
    private static let maximumScan = 20_000
    private static let step = 500
    /// By how many seconds an event may be stored after it was published: a verifier that ended in between stores it when it starts.
    private static let slack: Int64 = 86_400

    init(_ call: ManagementCall) throws(ManagementError) {
        since = try Self.moment("since", call)
        until = try Self.moment("until", call)
        filter = try call.filter("filter")
        let text = call.query["q"] ?? ""
        words = text.lowercased().split(separator: " ").map(String.init)
        // Okta's own bounds.
        guard words.count <= 10, words.allSatisfy({ $0.count <= 40 }) else {
            throw .invalid("q", "must be at most 10 words of at most 40 characters")
        }
        switch call.query["sortOrder"]?.uppercased() {
        case nil, "ASCENDING": isDescending = false
        case "DESCENDING": isDescending = true
        default: throw .invalid("sortOrder", "must be ASCENDING or DESCENDING")
        }
        let page = try ManagementPage(
            call, list: Self.list, standard: Self.standardLimit, maximum: Self.maximumLimit)
        after = page.after
        limit = page.limit
        if let since, let until, since > until { throw .invalid("since", "must not be after until") }
    }

    private static func moment(_ name: String, _ call: ManagementCall) throws(ManagementError) -> Instant? {
        guard let text = call.query[name] else { return nil }
        guard let instant = Instant(text) else {
            throw .invalid(name, "must be a time such as 2026-11-26T07:15:00.000Z")
        }
        return instant
    }

    /// The events, and where the list goes on. Sign-ins read in between.
    func answer(from store: any VerifierStore) async throws -> ManagementAnswer {
        var bounds = bounds
        var events: [ResourceValue] = []
        var last = after
        var scanned = 0
        scan: while true {
            let page = RecordPage(
                after: bounds.after, before: bounds.before, limit: Self.step, isDescending: isDescending)
            let records = try await store.read { try $0.page(LogEventRecord.self, page) }
            for record in records {
                if events.count == limit || scanned == Self.maximumScan { break scan }
                scanned += 1
                last = record.id
                if let event = try event(record) { events.append(event) }
            }
            guard records.count == Self.step, let end = last else {
                return ManagementAnswer(value: .array(events), next: isEndless ? next(after: last) : nil)
            }
            if isDescending { bounds.before = end } else { bounds.after = end }
        }
        return ManagementAnswer(value: .array(events), next: next(after: last))
    }

    private var isEndless: Bool { until == nil && !isDescending }

    private func next(after last: String?) -> PageCursor? {
        // A list that has nothing yet goes on before the first event.
        PageCursor(list: Self.list, id: last ?? LogEventRecord.id(second: 0))
    }

    /// Between which ids the events are: they are stored in the second in which they are published, or after it.
    private var bounds: (after: String?, before: String?) {
        let start = since.map { LogEventRecord.id(second: $0.milliseconds / 1000) }
        let end = until.map { LogEventRecord.id(second: $0.milliseconds / 1000 + Self.slack) }
        guard let after else { return (start, end) }
        return isDescending ? (start, after) : (max(after, start ?? after), end)
    }

    /// The event of a record, where it is one of those that are asked for.
    private func event(_ record: LogEventRecord) throws -> ResourceValue? {
        let value = try JSON.decode(ResourceValue.self, from: Array(record.line.utf8))
        guard let published = value["published"]?.text.flatMap(Instant.init) else { return nil }
        if let since, published < since { return nil }
        if let until, published >= until { return nil }
        guard filter?.matches(value) != false else { return nil }
        if !words.isEmpty {
            let text = record.line.lowercased()
            guard words.allSatisfy({ text.contains($0) }) else { return nil }
        }
        return value
    }
}
