// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceAssurance
internal import DeviceSignals
internal import KeyAttestations
internal import WireProtocol

extension VerifierServices {
    /// What a command needs the verifier's parts for.
    package enum Use: Hashable, Sendable {
        /// To serve: keys are enrolled, so that the files of `[attestation]` are read.
        case serving
        /// To administer people and their enrolments. The files of `[attestation]` are not looked at: somebody must be suspended
        /// even while one of them is broken or out of date.
        case administration
    }

    /// The verifier's parts, as a configuration wants them.
    ///
    /// - Throws: ``ConfigurationError``, ``StoreError`` or what the parts throw.
    package init(
        configuration: VerifierConfiguration, for use: Use = .serving, clock: VerifierClock = .system, audit: AuditLog
    ) async throws {
        var settings = try VerifierSettings(configuration: configuration)
        if use == .serving {
            settings.attestation = try AttestationSettings(configuration.attestation, at: clock.now())
        }
        let store = try SQLiteStore(path: configuration.storePath)
        if let metadata = settings.attestation.anchors.fidoMetadata {
            do { try await store.write { try MetadataEdition.take(metadata, in: $0) } } catch let error
                as FIDOMetadataError
            {
                throw ConfigurationError(
                    "attestation.fido_metadata", "cannot be believed: \(error)",
                    hint: "fetch the current file from https://mds3.fidoalliance.org/")
            }
        }
        try await self.init(settings: settings, store: store, clock: clock, audit: audit)
    }
}

extension VerifierSettings {
    /// The settings of a configuration.
    package init(configuration: VerifierConfiguration) throws(ConfigurationError) {
        guard
            var settings = VerifierSettings(
                issuer: configuration.issuer.description, organizationID: configuration.organizationID,
                organizationName: configuration.organizationName, keyFilePath: configuration.keyFilePath)
        else { throw ConfigurationError("issuer", "is not an origin") }
        settings.allowedOrigins = configuration.loopback.allowedOrigins
        settings.fingerprintReaders = configuration.signIn.fingerprintReaders
        settings.keyProtection = configuration.signIn.keyProtection
        settings.sessionLifetime = Int64(configuration.signIn.sessionMinutes) * 60
        settings.codeLifetime = Int64(configuration.enrollment.codeMinutes) * 60
        settings.enrollmentUserVerification = configuration.enrollment.userVerification
        settings.noticeCommand = configuration.noticeCommand ?? []
        if let directory = configuration.assuranceDirectory {
            settings.assurancePolicies = try ConfigurationFile.policies(in: directory)
        }
        if let directory = configuration.postureCheckDirectory {
            settings.postureChecks = try ConfigurationFile.postureChecks(in: directory)
        }
        settings.signalProviders = configuration.signalProviders
        try settings.checkPostureChecks()
        self = settings
    }
}

extension VerifierSettings {
    /// The most bytes of JSON that checks may make in a challenge, which is at most 64 KiB long.
    private static let mostCheckBytes = 40 * 1024

    /// Refuses policies that name checks that there are not, and checks that no challenge has room for.
    func checkPostureChecks() throws(ConfigurationError) {
        let key = "assurance.posture_checks"
        for policy in assurancePolicies {
            for condition in policy.devicePostureChecks
            where !postureChecks.contains(where: { $0.variableName == condition.variableName }) {
                throw ConfigurationError(
                    key, "has no check \(condition.variableName), which the policy \(policy.name) names")
            }
        }
        let requests = requestedPostureChecks
        guard requests.count <= PostureCheckRequest.maximumCount else {
            throw ConfigurationError(
                key, "policies name more than \(PostureCheckRequest.maximumCount) checks for Linux")
        }
        guard let bytes = try? JSON.encode(requests), bytes.count <= Self.mostCheckBytes else {
            throw ConfigurationError(
                key, "the queries of the checks for Linux are longer together than \(Self.mostCheckBytes) bytes")
        }
    }
}
