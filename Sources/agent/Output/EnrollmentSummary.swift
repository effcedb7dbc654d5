// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent
internal import Pinentry

/// What is told of an enrolment.
struct EnrollmentSummary: Encodable {
    let id: String
    let issuer: String
    let organization: String
    let username: String
    let userVerification: Bool
    /// How many keys stand in for others.
    let spareKeys: Int
    /// How many keys the verifier is not known to have.
    let unconfirmedKeys: Int
    let createdAt: Int64

    init(_ enrollment: Enrollment) {
        id = enrollment.id
        issuer = enrollment.issuer
        organization = enrollment.organizationName
        username = enrollment.username
        userVerification = enrollment.userVerification != nil
        unconfirmedKeys = enrollment.unconfirmedKeys.count
        spareKeys = enrollment.spares.count - unconfirmedKeys
        createdAt = enrollment.createdAt
    }

    /// For a person: one line.
    var line: String {
        "\(DisplayText(username)) at \(DisplayText(organization)) (\(DisplayText(issuer, limit: 300))), id \(DisplayText(id)), "
            + (userVerification ? "verifies you" : "does not verify you")
            + (spareKeys == 0 ? "" : spareKeys == 1 ? ", 1 spare key" : ", \(spareKeys) spare keys")
            + (unconfirmedKeys == 0 ? "" : ", \(unconfirmedKeys) not confirmed: see 'agent keys list'")
    }
}

/// What is told of an enrolment that was interrupted.
struct PendingEnrollmentSummary: Encodable {
    let requestID: String
    let issuer: String
    let organization: String
    let createdAt: Int64

    init(_ pending: PendingEnrollment) {
        requestID = pending.requestID
        issuer = pending.issuer
        organization = pending.organizationName
        createdAt = pending.createdAt
    }

    private enum CodingKeys: String, CodingKey {
        case requestID = "requestId"
        case issuer, organization, createdAt
    }

    /// For a person: one line.
    var line: String {
        "interrupted: an enrolment at \(DisplayText(organization)) (\(DisplayText(issuer, limit: 300))); "
            + "the agent's start or 'agent enroll' finishes it, 'agent unenroll' gives it up"
    }
}

extension CommandFailure {
    /// Turns what a body throws into what a person is told.
    static func explaining<Value>(_ body: () async throws -> Value) async throws(CommandFailure) -> Value {
        do { return try await body() } catch let error as CommandFailure {
            throw error
        } catch let error as EnrollmentError {
            throw CommandFailure(
                error.message, hint: error.hint, status: error.code == .unreachable ? unreachable : failed)
        } catch let error as ControlError {
            throw CommandFailure(
                error.description,
                hint: error == .notRunning
                    ? "start it with 'agent run' or 'systemctl --user start countersign-agent'" : nil,
                status: error == .notRunning ? unreachable : failed)
        } catch is CancellationError {
            throw CommandFailure("interrupted")
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
