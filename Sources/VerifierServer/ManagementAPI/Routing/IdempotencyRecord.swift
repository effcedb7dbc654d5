// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries
internal import WireProtocol

/// The answer to a request that may come again.
struct IdempotencyRecord: StoredRecord {
    static let collection = "idempotency_keys"
    static let isRemembered = false
    /// For how long it is remembered, in seconds.
    static let memory: Int64 = 86_400

    /// A hash of the caller's id and the caller's key.
    let id: String
    /// A hash of the request.
    let request: String
    let status: Int
    let value: ResourceValue?
    let tag: String?
    let endsAt: Int64

    var expiresAt: Int64? { endsAt }

    init(id: String, request: String, answer: ManagementAnswer, endsAt: Int64) {
        self.id = id
        self.request = request
        status = answer.status
        value = answer.value
        tag = answer.tag
        self.endsAt = endsAt
    }

    /// The answer; what happened was told the first time.
    var answer: ManagementAnswer { ManagementAnswer(status: status, value: value, tag: tag) }
}

/// How much a token has remembered within a day: what is kept for repeated requests has a bound.
struct IdempotencyBudget: StoredRecord {
    static let collection = "idempotency_budgets"
    /// The most answers of one token.
    static let maximumCount = 10_000
    /// The most bytes of one token's answers.
    static let maximumBytes = 64 << 20

    /// The token's id.
    let id: String
    /// When the day began, in seconds since 1970.
    var startedAt: Int64
    /// How many answers came since.
    var count = 0
    /// How many bytes they have.
    var bytes = 0

    var expiresAt: Int64? { startedAt + IdempotencyRecord.memory }

    /// Counts an answer that is to be kept.
    ///
    /// - Throws: ``ManagementError`` where a day's are too many; then nothing is changed.
    static func spend(
        _ record: IdempotencyRecord, by tokenID: String, at now: Int64, in writer: any StoreWriter
    ) throws {
        var budget =
            try writer.record(IdempotencyBudget.self, id: tokenID) ?? IdempotencyBudget(id: tokenID, startedAt: now)
        if now - budget.startedAt >= IdempotencyRecord.memory {
            budget = IdempotencyBudget(id: tokenID, startedAt: now)
        }
        budget.count += 1
        budget.bytes += try JSON.encode(record).count
        guard budget.count <= maximumCount, budget.bytes <= maximumBytes else {
            throw ManagementError.invalid(
                "Idempotency-Key",
                "no more answers are remembered for this token today; send the request without the header")
        }
        try writer.save(budget)
    }
}
