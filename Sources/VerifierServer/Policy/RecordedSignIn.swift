// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import DeviceSignals
internal import ManagementQueries

/// What an access policy was asked in a sign-in, and what it said: enough to ask it again, or another one.
///
/// No serial number, no key and no token is in it.
package struct RecordedSignIn: StoredRecord, Hashable {
    package static let collection = "recorded_sign_ins"
    package static let isRemembered = false
    /// The longest question that is kept, in bytes.
    static let maximumRequest = 256 * 1024

    /// The second and a number, as of events of the log.
    package let id: String
    /// The sign-in, as the audit log names it (`transactionId`); one with several decisions has several records.
    package let transactionID: String
    /// Whose.
    let userID: String
    /// When, in seconds since 1970.
    package let time: Int64
    /// What was decided, as the audit log tells it.
    package let decided: [String: String]
    /// What was asked, as `verifier policy explain` takes it.
    package let request: String
    /// When it is forgotten.
    let endsAt: Int64

    /// What marks a decision that let a session answer.
    static let sessionMark = "session"
    /// Whether a session answered, and nobody was challenged.
    package var isOfSession: Bool { decided[Self.sessionMark] == "true" }
    /// When, for people.
    package var timeText: String { Instant(seconds: time).text }

    package var indexKeys: [IndexSlot: String] { [.first: transactionID, .second: userID] }
    package var expiresAt: Int64? { endsAt }

    /// Signals that name one machine among all.
    private static let serials: Set<String> = [
        SignalName.serialNumber.rawValue, SignalName.hardwareUuid.rawValue, SignalName.deviceId.rawValue, "udid",
        "imei",
        "meid", "sid", "tpmPublicKeyHash",
    ]

    /// Keeps a decision within the transaction of its sign-in.
    ///
    /// - Parameters:
    ///   - data: what was decided, where it is more than the judgement says.
    ///   - days: for how long; 0 keeps nothing.
    static func keep(
        _ judgement: SignInJudgement, telling data: [String: String]? = nil, of transactionID: String, userID: String,
        at now: Int64, for days: Int,
        in writer: any StoreWriter
    ) throws {
        guard days > 0 else { return }
        let request = judgement.request.json(leavingOut: serials.contains).text()
        guard request.utf8.count <= maximumRequest else { return }
        let last = try writer.page(RecordedSignIn.self, RecordPage(limit: 1, isDescending: true)).first?.id
        try writer.insert(
            RecordedSignIn(
                id: LogEventRecord.id(at: now, after: last), transactionID: transactionID, userID: userID, time: now,
                decided: data ?? judgement.auditData, request: request, endsAt: now + Int64(days) * 86_400))
    }

    /// Forgets what somebody did who is gone.
    static func forget(userID: String, in writer: any StoreWriter) throws {
        for record in try writer.records(RecordedSignIn.self, where: .second, is: userID) {
            try writer.delete(RecordedSignIn.self, id: record.id)
        }
    }
}

/// The sign-ins that are kept, for the administrator at the command line.
package struct SignInHistory: Sendable {
    private let store: any VerifierStore
    private let clock: VerifierClock
    private let policies: any PolicySource

    /// How many are read at once.
    private static let step = 500

    init(store: any VerifierStore, clock: VerifierClock, policies: any PolicySource) {
        self.store = store
        self.clock = clock
        self.policies = policies
    }

    /// The decisions of a sign-in, the first one first; none where it is not kept, or not any more.
    package func decisions(of transactionID: String) async throws -> [RecordedSignIn] {
        let now = clock.now()
        return try await store.read { reader in
            try reader.records(RecordedSignIn.self, where: .first, is: transactionID).filter { now < $0.endsAt }
        }
    }

    /// Hands over the decisions of the last days, the oldest first.
    package func each(ofLastDays days: Int, _ body: (RecordedSignIn) throws -> Void) async throws {
        let now = clock.now()
        var last = LogEventRecord.id(second: now - Int64(days) * 86_400)
        while true {
            let page = RecordPage(after: last, limit: Self.step)
            let records = try await store.read { try $0.page(RecordedSignIn.self, page) }
            for record in records where now < record.endsAt { try body(record) }
            guard records.count == Self.step, let end = records.last else { return }
            last = end.id
        }
    }

    /// The policies that count now, and the zones that they name.
    package func policiesInForce() async throws -> PolicySet {
        try await store.read { [policies] in try policies.policies(in: $0) }
    }
}

extension VerifierServices {
    /// The sign-ins that are kept.
    package var signInHistory: SignInHistory { SignInHistory(store: store, clock: clock, policies: policies) }
}
