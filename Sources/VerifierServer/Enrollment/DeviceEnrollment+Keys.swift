// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

extension DeviceEnrollment {
    private enum Addition: Sendable {
        case added(SignInKey, EnrollmentRecord, User, usedCode: Bool)
        case repeated(SignInKey)
        case codeRefused(userID: String?)
    }

    func addKey(
        _ request: AddKeyRequest, to enrollmentID: String, authority: EnrollmentAuthority, address: String
    ) async throws -> AddKeyResponse {
        try await rateLimiter.spend(.enrollment, by: address)
        if case .code = authority { try await rateLimiter.check(.failedCode, by: address) }
        let update = try await verifiedUpdate(request.update, of: enrollmentID)
        let proposal = try await attestation.judge(try AddedKeyProposal(request))
        let now = clock.now()
        let addition: Addition
        do {
            addition = try await store.write(telling: audit, { Self.events(of: $0, address: address) }) { writer in
                try add(proposal, by: authority, and: update, at: now, in: writer)
            }
        } catch StoreError.alreadyExists {
            throw VerifierError(400, .validation, "This key was enrolled before: make a new one, then add that.")
        }
        switch addition {
        case .codeRefused(let userID):
            throw await codes.refusal(userID: userID, address: address, rateLimiter: rateLimiter)
        case .repeated(let key):
            return AddKeyResponse(id: key.key.keyID, attested: key.key.isAttested)
        case .added(let key, _, _, _):
            return AddKeyResponse(id: key.key.keyID, attested: key.key.isAttested)
        }
    }

    /// The token says that this device asks, the authority that the person agrees; neither replaces the other.
    private func add(
        _ proposal: AddedKeyProposal, by authority: EnrollmentAuthority, and update: VerifiedEnrollmentUpdate,
        at now: Int64, in writer: any StoreWriter
    ) throws -> Addition {
        var enrollment = try Self.enrollment(of: update, in: writer)
        let request = "key \(enrollment.id) \(proposal.request.requestID) \(proposal.key.thumbprint)"
        let user: User
        let usedCode: Bool
        switch try authorize(request, by: authority, at: now, in: writer) {
        case .codeRefused(let userID): return .codeRefused(userID: userID)
        case .user(let authorized, let used): (user, usedCode) = (authorized, used)
        }
        guard user.id == enrollment.userID else {
            throw VerifierError(
                403, .invalidToken, "This device is enrolled for another person than the one who signed in.")
        }
        let device = try Self.standingDevice(of: enrollment, user: user, in: writer)
        if let made = proposal.made(in: enrollment) { return .repeated(made) }
        try Self.use(update.claims, in: writer)
        let added = try insert(proposal, into: &enrollment, at: now, in: writer)
        try postNotices(of: added, on: device, to: user, usedCode: usedCode, at: now, in: writer)
        return .added(added, enrollment, user, usedCode: usedCode)
    }

    private func insert(
        _ proposal: AddedKeyProposal, into enrollment: inout EnrollmentRecord, at now: Int64,
        in writer: any StoreWriter
    ) throws -> SignInKey {
        guard enrollment.signInKeys.count < EnrollmentRecord.maximumSignInKeys else {
            throw VerifierError(
                400, .validation,
                "The enrolment has \(EnrollmentRecord.maximumSignInKeys) keys already: remove one first.")
        }
        let names = [enrollment.clientInstance.keyID] + enrollment.signInKeys.map(\.key.keyID)
        guard !names.contains(proposal.key.keyID) else {
            throw VerifierError(400, .validation, "The enrolment has another key of this kid: name the new one anew.")
        }
        var added = SignInKey(keyType: proposal.request.keyType, key: proposal.key)
        added.key.addition = EnrolledKey.Addition(requestID: proposal.request.requestID, time: now)
        guard enrollment.signInKey(thumbprint: added.key.thumbprint) == nil else {
            throw StoreError.alreadyExists(collection: EnrolledKeyRecord.collection)
        }
        try EnrolledKeyRecord.insert(added.key, of: enrollment, in: writer)
        enrollment.add(added)
        try writer.save(enrollment)
        return added
    }

    /// The device of an enrolment that stands, with its user and its device.
    ///
    /// - Throws: ``VerifierError`` that says what does not.
    static func standingDevice(
        of enrollment: EnrollmentRecord, user: User?, in reader: any StoreReader
    ) throws -> DeviceRecord {
        let device = try device(of: enrollment, in: reader)
        let refusal =
            IdentityStanding.refusal(of: user) ?? IdentityStanding.refusal(of: enrollment, on: device)
        if let refusal { throw refusal }
        return device
    }

    // MARK: - Telling

    private func postNotices(
        of added: SignInKey, on device: DeviceRecord, to user: User, usedCode: Bool, at now: Int64,
        in writer: any StoreWriter
    ) throws {
        if usedCode {
            try notices.post(.codeUsed, to: user.id, text: EnrollmentCodes.useNotice(at: now), in: writer)
        }
        let text =
            "A spare key (\(added.key.kindInWords)) was added to your device \"\(device.displayName)\" on "
            + "\(NoticeTime.text(of: now)). If this was not you, tell your administrator at once."
        try notices.post(.keyAdded, to: user.id, text: text, in: writer)
    }

    private static func events(of addition: Addition, address: String) -> [AuditEvent] {
        guard case .added(let added, let enrollment, let user, let usedCode) = addition else { return [] }
        let made = AuditEvent.key(
            .keyAdd, added, of: enrollment, actor: .user(user), address: address,
            debugData: ["authority": usedCode ? "one-time code" : "sign-in"])
        let use = AuditEvent(.codeUse, outcome: .success, actor: .user(user), address: address, targets: made.targets)
        return usedCode ? [use, made] : [made]
    }
}
