// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// That a session signs its person in to an app without a challenge, and what the app's access policy said to that.
struct SessionAnswer: Sendable {
    /// What the policy said; `nil` where the app has none.
    var judgement: SignInJudgement?

    /// For how long the same decision is kept once, in seconds: an app may ask every few minutes.
    static let step: Int64 = 3600

    /// The name of a decision, by which it is found again: of one session, one app and one hour, the same name for the same decision.
    private func id(_ data: [String: String], session: Session, client: RegisteredClient, at now: Int64) -> String {
        let words = data.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let text = ([session.id, client.id, "\(now / Self.step)"] + words).joined(separator: "\n")
        return "sso" + SHA256.base64URL(of: text).prefix(22)
    }

    /// Keeps the decision within the transaction that makes the app's code; answers what the log tells of it.
    ///
    /// - Parameter days: for how long it is kept; 0 keeps nothing.
    func keep(
        _ session: Session, _ client: RegisteredClient, address: String, at now: Int64, for days: Int,
        in writer: any StoreWriter
    ) throws -> AuditEvent? {
        guard let judgement else { return nil }
        let data = judgement.auditData.merging([RecordedSignIn.sessionMark: "true"]) { first, _ in first }
        let id = id(data, session: session, client: client, at: now)
        let userID = session.identity.userID
        if try writer.records(RecordedSignIn.self, where: .first, is: id).isEmpty {
            try RecordedSignIn.keep(
                judgement, telling: data, of: id, userID: userID, at: now, for: days, in: writer)
        }
        return AuditEvent(
            .policyEvaluation, outcome: .allow, actor: .user(id: userID, username: nil), address: address,
            targets: [.app(id: client.id, name: client.name)],
            debugData: data.merging(["transactionId": id]) { first, _ in first })
    }
}
