// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPSClient
internal import WireProtocol

/// Posts responses to the verifier, and tells the page what came of it.
struct ResponseDelivery: Sendable {
    let http: HTTPSClient
    let timeoutMillis: Int

    /// Posts a response.
    ///
    /// - Parameter uri: where to, as the challenge says, checked to be the issuer's.
    func deliver(_ response: String, to uri: String) async throws -> LoopbackAnswer {
        let request = HTTPSRequest(
            .post, uri,
            headers: [
                "Content-Type": "application/json", "Accept": "application/json; okta-version=1.0.0",
            ], body: try JSON.encode(ResponseEnvelope(challengeResponse: response)), timeoutMillis: timeoutMillis)
        do throws(HTTPSClientError) {
            return Self.answer(to: try await http.send(request))
        } catch {
            return .unreachable(error.message)
        }
    }

    /// What a verifier's answer means for the page. A redirect is not followed: it counts as a refusal.
    static func answer(to response: HTTPSResponse) -> LoopbackAnswer {
        if response.isSuccess { return .success }
        let body = try? JSON.decode(ErrorEnvelope.self, from: response.body, limit: 64 * 1024)
        guard let code = body.map({ ErrorCode(rawValue: $0.errorCode) }), let sentence = sentences[code] else {
            return .refused("verifier_refused", "the verifier refused the response with status \(response.status)")
        }
        return .refused(code.rawValue, sentence)
    }

    /// What the verifier's codes mean for a person. Its own texts are not passed on: the page need not believe them.
    private static let sentences: [ErrorCode: String] = [
        .malformed: "the verifier did not understand the response; update this agent",
        .validation: "the verifier did not accept a value of the response; update this agent",
        .notFound: "the verifier does not know this sign-in any more; start it again",
        .enrollmentNotFound: "this device is not enrolled any more; enrol it again",
        .invalidToken: "the verifier did not accept this device's signature; enrol it again",
        .rateLimited: "too many sign-ins; wait a minute and try again",
        .internalError: "the verifier failed; try again later",
        .deviceSuspended: "this device was suspended; ask your administrator",
        .deviceDeleted: "this device was removed; enrol it again",
        .enrollmentDeleted: "this device's enrolment was removed; enrol it again",
        .enrollmentSuspended: "this device's enrolment was suspended; ask your administrator",
        .userSuspended: "your account was suspended; ask your administrator",
        .userDeleted: "your account was removed; ask your administrator",
        .userVerificationKeyRequired: "the organisation asks for a PIN; enrol this device again with one",
        .hardwareKeyRequired: "the app asks for a key in hardware that the organisation accepts; enrol such a key",
        .phishingAttemptDetected: "the sign-in came through a page that is not the organisation's; close that page",
        .clockSkew: "this machine's clock is too far from the right time; correct it and try again",
        .transactionOver: "this sign-in is over; start it again",
    ]
}
