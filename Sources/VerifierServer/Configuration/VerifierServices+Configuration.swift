// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import WireProtocol

extension VerifierServices {
    /// The verifier's parts, as a configuration wants them.
    ///
    /// - Throws: ``ConfigurationError``, ``StoreError`` or what the parts throw.
    package init(
        configuration: VerifierConfiguration, clock: VerifierClock = .system, audit: AuditLog
    ) async throws {
        var settings = try VerifierSettings(configuration: configuration)
        settings.attestation = try AttestationSettings(configuration.attestation, at: clock.now())
        let store = try SQLiteStore(path: configuration.storePath)
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
        settings.sessionLifetime = Int64(configuration.signIn.sessionMinutes) * 60
        settings.codeLifetime = Int64(configuration.enrollment.codeMinutes) * 60
        settings.enrollmentUserVerification = configuration.enrollment.userVerification
        settings.noticeCommand = configuration.noticeCommand ?? []
        if let directory = configuration.assuranceDirectory {
            settings.assurancePolicies = try ConfigurationFile.policies(in: directory)
        }
        self = settings
    }
}
