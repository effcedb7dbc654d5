// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import ArgumentParser
internal import AuthenticatorAgent
internal import DeviceKeys
internal import Pinentry

/// `agent enroll --add-key`.
extension EnrollCommand {
    /// What the key is for: on a token what the token is for, unless it is to sign silently.
    private var addedKey: (purpose: KeyPurpose, kind: KeyKind) {
        if let kind = keyOptions.possessionKey { return (.proofOfPossession, kind) }
        let verifies = userVerification || keyOptions.wantsVerification
        return (verifies ? .userVerification : .proofOfPossession, keyOptions.key)
    }

    /// Refuses what does not name one key.
    func validateAddedKey() throws {
        if keyOptions.possessionKey != nil, keyOptions.key != .software || userVerification {
            throw ValidationError(
                "one key is added at a time: name it with --key, or with --possession-key if it is for silent sign-ins."
            )
        }
        if keyOptions.possessionKey != nil, keyOptions.fingerprint {
            throw ValidationError(
                "--fingerprint is for a key that verifies you; --possession-key is for one that asks nobody.")
        }
        if let name, KeyName(name) == nil { throw ValidationError(KeyName.rule) }
    }

    /// Adds a spare key.
    func runAddingKey() async throws {
        let parts = try AgentParts()
        let enrollments = try await parts.enrollments()
        let all = try await CommandFailure.explaining { try await enrollments.all() }
        let enrollment = try EnrollmentChoice.one(named: url, among: all)
        do throws(LockedSettingError) {
            var issuer = enrollment.issuer[...]
            while issuer.hasSuffix("/") { issuer.removeLast() }
            try parts.configuration.checkAddedKey(of: addedKey.kind, at: String(issuer))
        } catch { throw CommandFailure(error) }
        let wish = AddKeyWish(
            enrollment: enrollment, proof: try proof(), purpose: addedKey.purpose,
            kind: addedKey.kind, verification: keyOptions.verification,
            name: try EnrolledKeyChoice.newName(name, among: all))
        let flow = AddKeyFlow(flowParts(parts, enrollments))
        let key = try await CommandFailure.explaining {
            try await Interruption.cancels { try await flow.add(wish) }
        }
        let now = try await CommandFailure.explaining { try await enrollments.all() }
        let summary = EnrolledKeySummary(key, of: now.first { $0.id == wish.enrollment.id } ?? wish.enrollment)
        if json {
            try Console.print(json: summary)
        } else {
            summary.lines.forEach { Console.print("added \($0)") }
        }
    }
}
