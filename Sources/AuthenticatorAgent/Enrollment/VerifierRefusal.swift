// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Pinentry
internal import WireProtocol

/// What a person is told when the verifier says no.
struct VerifierRefusal {
    /// What was shown to the verifier as the right to enrol.
    enum Proof {
        case code, signIn, key
    }

    /// The error for an answer.
    ///
    /// - Parameter skew: how far the clocks are apart, where it was seen.
    static func error(for response: ErrorEnvelope?, status: Int, proof: Proof, skew: ClockSkew?) -> EnrollmentError {
        guard let response else {
            return EnrollmentError(
                .notAVerifier, "the verifier answered with status \(status) and no explanation",
                hint: "check the address, and ask the verifier's administrator")
        }
        let code = ErrorCode(rawValue: response.errorCode)
        guard status < 500 else {
            // It may have done what it was asked for all the same.
            return EnrollmentError(
                .failed, "the verifier failed",
                hint: "try again later; its log has more under \(DisplayText(response.errorId, limit: 60))")
        }
        if code == .clockSkew || (code == .invalidToken && proof == .key && skew?.matters == true), let skew {
            return EnrollmentError(.refused, "the verifier refused because \(skew.sentence)", hint: ClockSkew.hint)
        }
        let (message, hint) = words(for: code, proof: proof)
        return EnrollmentError(
            .refused,
            message
                ?? "the verifier refused: \(DisplayText(response.errorSummary, limit: 200)) (\(DisplayText(code.rawValue, limit: 20)))",
            hint: hint ?? "the verifier's log has more under \(DisplayText(response.errorId, limit: 60))")
    }

    private static func words(for code: ErrorCode, proof: Proof) -> (String?, String?) {
        let administrator = "ask your administrator"
        switch code {
        case .invalidToken:
            switch proof {
            case .code:
                return (
                    "the one-time code is wrong, was used before, or is too old", "ask your administrator for a new one"
                )
            case .signIn: return ("the sign-in does not count any more", "run the command again")
            case .key: return ("the verifier does not accept this device's signature", administrator)
            }
        case .clockSkew: return ("this device's clock is too far from the verifier's", ClockSkew.hint)
        case .rateLimited: return ("there were too many tries", "wait a few minutes, then run the command again")
        case .userSuspended: return ("your account is suspended", administrator)
        case .userDeleted: return ("your account was deleted", administrator)
        case .deviceSuspended: return ("this device is suspended", administrator)
        case .enrollmentSuspended: return ("this enrolment is suspended", administrator)
        case .deviceDeleted, .enrollmentDeleted, .enrollmentNotFound:
            return ("the verifier does not know this enrolment any more", "enroll this device anew")
        case .userVerificationKeyRequired:
            return ("your organisation asks for a PIN on this device", "run the command again with --user-verification")
        default: return (nil, nil)
        }
    }
}
