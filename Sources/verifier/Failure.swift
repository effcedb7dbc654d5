// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import TOMLConfiguration
internal import VerifierServer

/// An error of ours as the command line tells it: what happened, and what to do.
struct Failure {
    /// What happened: lower case, no full stop.
    var message: String
    /// What to do.
    var hint: String?

    /// The words for an error; `nil` for the argument parser's own, which it tells itself.
    init?(_ error: any Error) {
        switch error {
        case let error as ConfigurationError:
            message = "configuration: \(error)"
            hint = error.hint
        case let error as ListenerError:
            message = "\(error)"
            hint = error.hint
        case let error as DirectoryError:
            message = "\(error)"
            hint = Self.hint(for: error)
        case let error as APITokenError:
            message = "\(error)"
            if case .unknown = error { hint = "see the tokens with: verifier token list" }
        case let error as AdministratorError:
            message = "\(error)"
            if case .notOne = error { hint = "see the administrators with: verifier administrator list" }
        case let error as StoreError:
            message = "store: \(error)"
            hint = "check [store] path, its folder's owner and the free space"
        case let error as StoreBackupError:
            message = "\(error)"
            hint = error.hint
        case let error as ExpressionFailure:
            message = error.message
            hint = error.hint
        case let error as VerifierError:
            message = error.summary
        case let error as any CustomStringConvertible & Error where Self.isOurs(error):
            message = "\(error)"
        default:
            return nil
        }
    }

    private static func isOurs(_ error: any Error) -> Bool {
        error is SealingKeyError || error is KeyringError || error is AuditSinkError || error is DocumentHistoryError
            || error is PolicyFileError || error is UserFileError
    }

    private static func hint(for error: DirectoryError) -> String? {
        switch error {
        case .unknownUser: "see the users with: verifier user list"
        case .unknownKey: "see the keys with: verifier enrollment keys ENROLLMENT"
        case .keyStays:
            "delete the enrolment (verifier enrollment delete ID), then give the person a code to enrol again (verifier code NAME)"
        case .unknownEnrollment: "see the enrolments with: verifier enrollment list"
        default: nil
        }
    }
}
