// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import WireProtocol

/// Makes keys for a request to a verifier, and has their hardware say what it is.
struct KeyMaker: Sendable {
    let parts: EnrollmentFlow.Parts
    let configuration: AuthenticatorConfiguration
    let verifier: VerifierClient
    /// Where keys are made.
    let choice: KeyChoice
    /// How a new key verifies the person.
    var verification = UserVerificationMethod.pin
    /// The keys that a new one is a spare for.
    var spareFor: [StoredKey] = []

    /// That keys can be made where they are wanted, before the person signs in for nothing.
    ///
    /// - Throws: ``EnrollmentError``.
    func checkStores(for purposes: [KeyPurpose]) async throws(EnrollmentError) {
        for kind in Set(purposes.map(choice.kind(for:))).sorted(by: { $0.rawValue < $1.rawValue }) {
            let store: any KeyStore
            do { store = try parts.keys.store(of: kind) } catch { throw Self.failure(error) }
            if case .unavailable(let reason) = await store.availability() {
                throw EnrollmentError(
                    .keys, "no key of the kind '\(kind.rawValue)' can be made: \(reason)",
                    hint: "see 'agent keys list' for what is there, or choose another kind of key with --key")
            }
        }
    }

    /// That one of the keys at least could sign in, where the organisation wants keys in hardware for every sign-in.
    ///
    /// - Throws: ``EnrollmentError``.
    func checkProtection(of purposes: [KeyPurpose]) throws(EnrollmentError) {
        let protection = configuration.settings.keyProtection.flatMap(KeyProtection.init) ?? .any
        let signing = purposes.filter { $0 != .clientInstance }.map(choice.kind(for:))
        guard !signing.isEmpty, !signing.contains(where: protection.admits) else { return }
        throw EnrollmentError(
            .refused, "\(configuration.name) wants a key in hardware, and these would be files",
            hint: "choose where it is with --key fido2, piv or tpm; see 'agent keys list' for what is there")
    }

    /// Makes keys, all or none, in this order.
    ///
    /// - Parameter requestID: the name of the request: what hardware says counts for that one alone.
    /// - Returns: the keys, and what is said of them, as the request carries it.
    /// - Throws: ``EnrollmentError``, or `CancellationError`.
    func make(
        _ purposes: [KeyPurpose], requestID: String
    ) async throws -> (keys: [StoredKey], attestations: EnrollmentRequest.Attestations?) {
        var made: [GeneratedKey] = []
        do {
            let attestation = try await HardwareAttestation.begin(
                for: Set(purposes.map(choice.kind(for:))), requestID: requestID, keys: parts.keys,
                configuration: configuration, verifier: verifier)
            let presence = parts.presence(configuration.name, configuration.issuer)
            await parts.progress(.makingKeys(verification: purposes.contains(.userVerification) ? verification : .none))
            for purpose in purposes {
                let kind = choice.kind(for: purpose)
                let request = KeyRequest(
                    purpose: purpose, issuer: configuration.issuer, organizationName: configuration.name,
                    attestationChallenge: attestation?.challenge(for: kind), verification: verification,
                    spareFor: spareFor)
                let store = try parts.keys.store(of: kind)
                made.append(try await store.generate(request, presence: presence))
            }
            return (made.map(\.stored), try attestation?.statements(of: made))
        } catch {
            await discard(made.map(\.stored))
            throw Self.explained(error)
        }
    }

    private static func explained(_ error: any Error) -> any Error {
        switch error {
        case let failure as DeviceKeyError: Self.failure(failure)
        case is AttestationStatementError:
            EnrollmentError(.keys, "the hardware says more of its keys than a verifier takes: \(error)")
        default: error
        }
    }

    private static func failure(_ failure: DeviceKeyError) -> EnrollmentError {
        EnrollmentError(
            failure.code == .cancelled || failure.code == .timedOut ? .cancelled : .keys, failure.message,
            hint: failure.code == .sameHardware ? "'agent keys list' shows which keys the enrolment has" : nil)
    }

    /// Removes new keys, also when the task was cancelled, and tells what stays of them.
    func discard(_ keys: [StoredKey]) async {
        let store = parts.keys
        await Task { for key in keys { try? await store.delete([key]) } }.value
        await parts.tellRemainders(of: keys)
    }
}
