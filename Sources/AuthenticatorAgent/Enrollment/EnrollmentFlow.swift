// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
package import DeviceKeys
package import HTTPSClient
internal import WireProtocol

/// Enrols this device for a person at a verifier.
package struct EnrollmentFlow: Sendable {
    /// What the flow works with.
    package struct Parts: Sendable {
        /// Where keys are made.
        package var keys: KeyStores
        /// Where the enrolment is kept.
        package var enrollments: any EnrollmentStore
        /// Speaks to the verifier.
        package var http: HTTPSClient
        /// Asks for a new PIN; the organisation's name and the issuer are for the prompt.
        package var presence: @Sendable (_ organization: String, _ issuer: String) -> any UserPresence
        /// A file that is locked while keys are there that no enrolment names.
        package var lockPath: String
        /// The time.
        package var clock: AgentClock
        /// Told how far it is.
        package var progress: @Sendable (EnrollmentProgress) async -> Void

        /// Parts.
        package init(
            keys: KeyStores, enrollments: any EnrollmentStore, http: HTTPSClient,
            presence: @escaping @Sendable (_ organization: String, _ issuer: String) -> any UserPresence,
            lockPath: String, clock: AgentClock = .system,
            progress: @escaping @Sendable (EnrollmentProgress) async -> Void
        ) {
            self.keys = keys
            self.enrollments = enrollments
            self.http = http
            self.presence = presence
            self.lockPath = lockPath
            self.clock = clock
            self.progress = progress
        }
    }

    private let parts: Parts

    /// A flow.
    package init(_ parts: Parts) { self.parts = parts }

    /// Enrols. Whatever fails, nothing of the attempt stays on this device.
    ///
    /// An older enrolment of the same person at the same verifier is replaced once the new one is kept.
    /// - Throws: ``EnrollmentError``, or `CancellationError`.
    package func enroll(_ wish: EnrollmentWish) async throws -> Enrollment {
        guard let lock = try StateLock(path: parts.lockPath) else {
            throw EnrollmentError(.busy, "another enrolment is under way", hint: "wait until it is done")
        }
        defer { withExtendedLifetime(lock) {} }
        let before = try await kept()
        try await parts.keys.deleteAll(except: before.flatMap(\.keys))
        let verifier = VerifierClient(
            address: wish.address, http: parts.http, clock: parts.clock, observeClock: Self.reporter(parts.progress))
        let configuration = try await verifier.configuration()
        let (authorization, proof) = try await authorization(wish, configuration, verifier)
        let keys = try await makeKeys(wish, configuration)
        do {
            await parts.progress(.sending)
            let request = EnrollmentRequest(
                authenticatorID: configuration.authenticatorID,
                device: wish.device.block(clientInstanceKey: keys.clientInstance.jwk),
                keys: EnrollmentRequest.Keys(
                    proofOfPossession: keys.proofOfPossession.jwk, userVerification: keys.userVerification?.jwk),
                requestID: try SecureRandom.identifier())
            let response = try await verifier.enroll(
                request, at: configuration.enrollEndpoint, authorization: authorization, proof: proof)
            let enrollment = keys.enrollment(configuration, response, createdAt: parts.clock.now())
            try await keep(enrollment, verifier)
            await replace(before.filter { $0.issuer == enrollment.issuer && $0.userID == enrollment.userID })
            return enrollment
        } catch {
            await discard(keys.all)
            throw error
        }
    }

    private func kept() async throws -> [Enrollment] {
        do { return try await parts.enrollments.all() } catch {
            throw EnrollmentError(.state, "the agent's state cannot be read: \(error)")
        }
    }

    private func authorization(
        _ wish: EnrollmentWish, _ configuration: AuthenticatorConfiguration, _ verifier: VerifierClient
    ) async throws -> (String, VerifierRefusal.Proof) {
        switch wish.proof {
        case .code(let code):
            guard VerifierClient.isHeaderSafe(code), code.utf8.count <= 256 else {
                throw EnrollmentError(
                    .refused, "that is not a one-time code", hint: "type it as your administrator gave it to you")
            }
            return ("OTDT \(code)", .code)
        case .browser:
            let progress = parts.progress
            let signIn = BrowserSignIn(verifier: verifier, clientID: configuration.settings.oauthClientID) { url in
                await progress(.signInAt(url))
            }
            let token = try await signIn.accessToken()
            await parts.progress(.signedIn)
            return ("Bearer \(token)", .signIn)
        }
    }

    private func makeKeys(_ wish: EnrollmentWish, _ configuration: AuthenticatorConfiguration) async throws -> NewKeys {
        let wantsVerification = wish.userVerification || configuration.settings.userVerification == "required"
        let presence = parts.presence(configuration.name, configuration.issuer)
        await parts.progress(.makingKeys(withPIN: wantsVerification))
        var made: [StoredKey] = []
        do {
            // The PIN is asked for first: whoever gives up then has made nothing.
            let purposes: [KeyPurpose] =
                (wantsVerification ? [.userVerification] : []) + [.proofOfPossession, .clientInstance]
            for purpose in purposes {
                let request = KeyRequest(
                    purpose: purpose, issuer: configuration.issuer, organizationName: configuration.name)
                let store = try parts.keys.store(of: wish.keys.kind(for: purpose))
                made.append(try await store.generate(request, presence: presence).stored)
            }
            guard let keys = NewKeys(made) else {
                throw EnrollmentError(.keys, "the key store made other keys than asked")
            }
            return keys
        } catch {
            await discard(made)
            guard let failure = error as? DeviceKeyError else { throw error }
            throw EnrollmentError(failure.code == .cancelled ? .cancelled : .keys, failure.message)
        }
    }

    private func keep(_ enrollment: Enrollment, _ verifier: VerifierClient) async throws {
        do { try await parts.enrollments.insert(enrollment) } catch {
            // The verifier has it and this device has not: it is taken back there, if that can be.
            _ = try? await Unenrollment.deleteAtVerifier(
                enrollment, keys: parts.keys, verifier: verifier, clock: parts.clock)
            throw EnrollmentError(.state, "the enrolment cannot be kept: \(error)")
        }
    }

    private func replace(_ old: [Enrollment]) async {
        let unenrollment = Unenrollment(
            keys: parts.keys, enrollments: parts.enrollments, http: parts.http, clock: parts.clock)
        for enrollment in old {
            let outcome = try? await unenrollment.unenroll(enrollment)
            await parts.progress(.replaced(enrollment.id, everywhere: outcome == .deletedEverywhere))
        }
    }

    /// Removes new keys, also when the task was cancelled.
    private func discard(_ keys: [StoredKey]) async {
        let store = parts.keys
        await Task { for key in keys { try? await store.delete([key]) } }.value
    }

    private static func reporter(
        _ progress: @escaping @Sendable (EnrollmentProgress) async -> Void
    ) -> @Sendable (ClockSkew) -> Void {
        { skew in if skew.matters { Task { await progress(.clockIsOff(skew)) } } }
    }
}
