// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPSClient
internal import WireProtocol

/// Speaks to one verifier about enrolments: bounded, without redirects, in errors that a person understands.
struct VerifierClient: Sendable {
    let address: IssuerAddress
    let http: HTTPSClient
    let clock: AgentClock
    /// Told of each answer's clock.
    let observeClock: @Sendable (ClockSkew) -> Void

    /// How to enrol here.
    func configuration() async throws -> AuthenticatorConfiguration {
        let query = FormEncoding.encode([("oauthClientId", AuthenticatorConfiguration.agentClientID)])
        let response = try await send(
            HTTPSRequest(
                .get, "\(address.url)/.well-known/app-authenticator-configuration?\(query)",
                headers: ["Accept": "application/json"]))
        guard response.isSuccess, let list = try? JSON.decode([AuthenticatorConfiguration].self, from: response.body),
            let configuration = list.first
        else {
            throw EnrollmentError(
                .notAVerifier, "no Countersign verifier answers at \(address.url) (status \(response.status))",
                hint: "check the address")
        }
        try check(configuration)
        return configuration
    }

    /// Where a person signs in.
    func signInEndpoints() async throws -> SignInEndpoints {
        let response = try await send(
            HTTPSRequest(
                .get, "\(address.url)/.well-known/openid-configuration", headers: ["Accept": "application/json"]))
        guard response.isSuccess, let endpoints = try? JSON.decode(SignInEndpoints.self, from: response.body),
            address.isIssuer(endpoints.issuer), address.hasSameOrigin(endpoints.authorization),
            address.hasSameOrigin(endpoints.token)
        else {
            throw EnrollmentError(.notAVerifier, "the verifier's OpenID configuration is not of \(address.url)")
        }
        return endpoints
    }

    /// Exchanges an authorization code for an access token.
    func accessToken(at endpoint: String, form: [(String, String)]) async throws -> String {
        let response = try await send(
            HTTPSRequest(
                .post, endpoint,
                headers: ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"],
                body: Array(FormEncoding.encode(form).utf8)))
        guard response.isSuccess, let token = try? JSON.decode(TokenResponse.self, from: response.body),
            token.type.lowercased() == "bearer", Self.isHeaderSafe(token.accessToken)
        else {
            throw EnrollmentError(
                .refused, "the verifier did not accept the sign-in (status \(response.status))",
                hint: "run the command again")
        }
        return token.accessToken
    }

    /// Sends an enrolment; a request whose answer was lost is sent once more, by the same name.
    ///
    /// - Throws: ``EnrollmentError``, with ``EnrollmentError/Code/refused`` only where the verifier surely made nothing.
    func enroll(
        _ pending: PendingEnrollment, authorization: String, proof: VerifierRefusal.Proof
    ) async throws -> EnrollmentResponse {
        let response = try await sendByName(Self.post(pending, authorization: authorization), proof: proof)
        return try Self.enrollment(in: response)
    }

    /// Asks for what a request made that was sent before; `nil` where it made nothing, or where that was deleted.
    func finish(_ pending: PendingEnrollment, token: String) async throws -> EnrollmentResponse? {
        let response = try await send(Self.post(pending, authorization: "SSWS \(token)"))
        if response.isSuccess { return try Self.enrollment(in: response) }
        let code = (try? JSON.decode(ErrorEnvelope.self, from: response.body)).map { ErrorCode(rawValue: $0.errorCode) }
        let gone: [ErrorCode] = [.enrollmentNotFound, .enrollmentDeleted, .deviceDeleted, .userDeleted]
        if let code, gone.contains(code) { return nil }
        throw refusal(response, proof: .key)
    }

    /// Sends a request that the verifier knows by its name; where its answer was lost it is sent once more.
    ///
    /// - Returns: an answer that says yes.
    /// - Throws: ``EnrollmentError``, with ``EnrollmentError/Code/refused`` only where the verifier surely did nothing.
    func sendByName(_ message: HTTPSRequest, proof: VerifierRefusal.Proof) async throws -> HTTPSResponse {
        let response: HTTPSResponse
        var isRepeated = false
        do { response = try await send(message) } catch let error as EnrollmentError where error.code == .unreachable {
            isRepeated = true
            response = try await send(message)
        }
        guard response.isSuccess else {
            var error = refusal(response, proof: proof)
            // The first of the two may have been accepted.
            if isRepeated, error.code == .refused { error.code = .failed }
            throw error
        }
        return response
    }

    private static func post(_ pending: PendingEnrollment, authorization: String) -> HTTPSRequest {
        HTTPSRequest(
            .post, pending.endpoint,
            headers: [
                "Authorization": authorization, "Content-Type": "application/json", "Accept": "application/json",
            ], body: pending.request)
    }

    private static func enrollment(in response: HTTPSResponse) throws(EnrollmentError) -> EnrollmentResponse {
        do { return try JSON.decode(EnrollmentResponse.self, from: response.body) } catch {
            throw EnrollmentError(.notAVerifier, "the verifier's answer to the enrolment makes no sense: \(error)")
        }
    }

    /// What the hardware of new keys is to certify; `nil` where the verifier does not ask it anything.
    ///
    /// - Parameter endpoint: where the enrolment is going to be posted.
    func attestationChallenge(
        _ request: AttestationRequest, beside endpoint: String
    ) async throws -> AttestationChallenge? {
        let response = try await send(
            HTTPSRequest(
                .post, endpoint + "/attestation",
                headers: ["Content-Type": "application/json", "Accept": "application/json"],
                body: try JSON.encode(request)))
        if response.status == 404 { return nil }
        guard response.isSuccess else { throw refusal(response, proof: .key) }
        do { return try JSON.decode(AttestationChallenge.self, from: response.body) } catch {
            throw EnrollmentError(.notAVerifier, "the verifier's question to the hardware makes no sense")
        }
    }

    /// Deletes an enrolment; one that is gone already is no error.
    func delete(_ enrollmentID: String, token: String) async throws {
        let response = try await send(
            HTTPSRequest(
                .delete, url(ofEnrollment: enrollmentID),
                headers: ["Authorization": "SSWS \(token)", "Accept": "application/json"]))
        if response.isSuccess || response.status == 410 { return }
        let envelope = try? JSON.decode(ErrorEnvelope.self, from: response.body)
        let gone = [ErrorCode.notFound, .enrollmentNotFound, .enrollmentDeleted, .deviceDeleted, .userDeleted]
        if let envelope, gone.contains(ErrorCode(rawValue: envelope.errorCode)) { return }
        throw refusal(response, proof: .key)
    }

    /// Where an enrolment is spoken about.
    func url(ofEnrollment id: String) -> String {
        "\(address.url)/idp/myaccount/app-authenticators/\(FormEncoding.escape(id))"
    }

    // MARK: - One exchange

    func send(_ request: HTTPSRequest) async throws -> HTTPSResponse {
        do {
            let response = try await http.send(request)
            skew(of: response).map(observeClock)
            return response
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            throw EnrollmentError(
                .unreachable, "the verifier at \(address.url) could not be reached: \(error.message)",
                hint: "check the address and the network")
        }
    }

    private func skew(of response: HTTPSResponse) -> ClockSkew? {
        ClockSkew(dateField: response.headers["date"], now: clock.now())
    }

    func refusal(_ response: HTTPSResponse, proof: VerifierRefusal.Proof) -> EnrollmentError {
        VerifierRefusal.error(
            for: try? JSON.decode(ErrorEnvelope.self, from: response.body), status: response.status, proof: proof,
            skew: skew(of: response))
    }

    private func check(_ configuration: AuthenticatorConfiguration) throws(EnrollmentError) {
        guard configuration.key == "countersign" else {
            throw EnrollmentError(.notAVerifier, "the verifier at \(address.url) is not a Countersign verifier")
        }
        guard address.isIssuer(configuration.issuer) else {
            throw EnrollmentError(
                .notAVerifier, "the verifier at \(address.url) calls itself by another address",
                hint: "enroll with the address that your administrator gave you")
        }
        guard address.hasSameOrigin(configuration.enrollEndpoint) else {
            throw EnrollmentError(.notAVerifier, "the verifier at \(address.url) sends enrolments to another server")
        }
        let keys = configuration.pinnedKeySet.keys
        guard (1...8).contains(keys.count), keys.allSatisfy({ $0.keyID != nil }),
            configuration.pinnedKeySet.sequence >= 1, configuration.pinnedKeySet.allowedOrigins.count <= 64
        else { throw EnrollmentError(.notAVerifier, "the verifier at \(address.url) has no usable challenge keys") }
    }

    /// Whether a text can stand in a header field: visible ASCII, at most 8 KiB.
    static func isHeaderSafe(_ text: String) -> Bool {
        (1...8192).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

/// The endpoints of OpenID Connect Discovery 1.0 §3 that a sign-in needs.
struct SignInEndpoints: Decodable {
    let issuer: String
    let authorization: String
    let token: String

    private enum CodingKeys: String, CodingKey {
        case issuer
        case authorization = "authorization_endpoint"
        case token = "token_endpoint"
    }
}

/// The answer of a token endpoint (RFC 6749 §5.1), as far as it is needed.
private struct TokenResponse: Decodable {
    let accessToken: String
    let type: String

    private enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case type = "token_type"
    }
}
