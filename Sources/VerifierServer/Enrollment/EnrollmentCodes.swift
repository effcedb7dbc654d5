// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

/// One-time codes that stand in for a person's first device.
package struct EnrollmentCodes: Sendable {
    /// How many wrong secrets a code survives; the next voids it.
    static let maximumFailedTries = 5

    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audit: AuditLog
    private let lifetime: Int64

    /// Codes that last so many seconds.
    package init(store: any VerifierStore, clock: VerifierClock, audit: AuditLog, lifetime: Int64) {
        self.store = store
        self.clock = clock
        self.audit = audit
        self.lifetime = lifetime
    }

    /// Makes a code for a user and voids the one that they had; answers its text, which is told this once.
    ///
    /// - Parameter also: what else happens in the same transaction.
    /// - Throws: ``DirectoryError/unknownUser(_:)`` or ``DirectoryError/userNotActive(_:)``.
    package func issue(
        username: String, also: @escaping @Sendable (User, any StoreWriter) throws -> Void = { _, _ in }
    ) async throws -> String {
        guard let name = Username(username) else { throw DirectoryError.unknownUser(username) }
        let code = try EnrollmentCodeText()
        let now = clock.now()
        _ = try await store.write(
            telling: audit, { [AuditEvent(.codeIssue, outcome: .success, targets: [.user($0)])] }
        ) { writer -> User in
            guard let user = try UserDirectory.user(named: name, in: writer) else {
                throw DirectoryError.unknownUser(name.text)
            }
            guard user.status == .active else { throw DirectoryError.userNotActive(name.text) }
            try Self.voidAll(userID: user.id, in: writer)
            try writer.insert(
                EnrollmentCodeRecord(
                    id: code.locator, secretHash: code.secretHash, userID: user.id, createdAt: now,
                    endsAt: now + lifetime))
            try also(user, writer)
            return user
        }
        return code.text
    }

    /// Voids all codes of a user.
    static func voidAll(userID: String, in writer: any StoreWriter) throws {
        for code in try writer.records(EnrollmentCodeRecord.self, where: .first, is: userID) {
            try writer.delete(EnrollmentCodeRecord.self, id: code.id)
        }
    }

    /// What became of a code that somebody typed.
    enum Use: Sendable {
        /// It was good, and is used now; the person.
        case accepted(User)
        /// It had been used by this very request; the person.
        case repeated(User)
        /// It was not; the person whose code it may have been, for the rate limit and the log.
        case refused(userID: String?)
    }

    /// Uses a code within a transaction, which must then commit: a wrong try is counted there too.
    ///
    /// - Parameter userID: the person whose code it must be, where they said who they are.
    /// - Parameter request: a name for what uses it; the same name may use it again.
    func use(_ typed: String, userID: String?, request: String, in writer: any StoreWriter) throws -> Use {
        guard let code = EnrollmentCodeText(typed: typed),
            var record = try writer.record(EnrollmentCodeRecord.self, id: code.locator),
            clock.now() < record.endsAt
        else { return .refused(userID: userID) }
        guard ConstantTime.equal(record.secretHash, code.secretHash), userID == nil || userID == record.userID else {
            record.failedTries += 1
            if record.failedTries >= Self.maximumFailedTries {
                try writer.delete(EnrollmentCodeRecord.self, id: record.id)
            } else {
                try writer.save(record)
            }
            return .refused(userID: record.userID)
        }
        guard let user = try writer.record(User.self, id: record.userID), user.status == .active else {
            return .refused(userID: record.userID)
        }
        if let usedBy = record.usedBy { return usedBy == request ? .repeated(user) : .refused(userID: user.id) }
        record.usedBy = request
        try writer.save(record)
        return .accepted(user)
    }

    /// Counts and audits a code that was refused; answers what the caller is told, which is the same for every reason.
    func refusal(userID: String?, address: String, rateLimiter: RateLimiter) async -> VerifierError {
        try? await rateLimiter.spend(.failedCode, by: address)
        if let userID { try? await rateLimiter.spend(.failedCodeOf(userID: userID), by: address) }
        await audit.record(
            AuditEvent(
                .codeUse, outcome: .failure("the code is wrong, used, expired or void"), address: address,
                targets: userID.map { [.user(id: $0, username: nil)] } ?? []))
        return VerifierError(
            401, .invalidToken,
            "This code does not count: it is mistyped, was used, or ran out. Check it, or ask your administrator for a new one."
        )
    }

    /// What a person is told of the use of their code.
    static func useNotice(at time: Int64) -> String {
        "A one-time code for your account was used on \(NoticeTime.text(of: time)). If this was not you, tell your administrator at once."
    }
}
