// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceAssurance
internal import DeviceSignals
internal import KeyAttestations
package import TOMLConfiguration
internal import WireProtocol

extension VerifierServices {
    /// What a command needs the verifier's parts for.
    package enum Use: Hashable, Sendable {
        /// To serve: keys are enrolled and people sign in, so that the files of `[attestation]` and `[risk]` are read.
        case serving
        /// To administer people and their enrolments. The files of `[attestation]` and `[risk]` are not looked at: somebody must be suspended
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
            settings.networkPlaces = try ConfigurationFile.places(in: configuration.risk.networkPlaces)
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
        // Programs that run and end store each event before they go on; a server gathers them.
        let archive = LogArchive(store: store, clock: clock, delay: use == .administration ? .zero : .milliseconds(200))
        try await self.init(settings: settings, store: store, clock: clock, audit: audit.kept(in: archive))
        switch use {
        case .serving:
            // Whoever signs in need not wait for what an earlier process did not get to tell.
            do { try await self.audit.deliverPending() } catch { report(error) }
            try await refreshReleases()
        case .administration: break
        }
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
        settings.customURI = configuration.signIn.customURI
        settings.keyProtection = configuration.signIn.keyProtection
        settings.sessionLifetime = Int64(configuration.signIn.sessionMinutes) * 60
        settings.codeLifetime = Int64(configuration.enrollment.codeMinutes) * 60
        settings.enrollmentUserVerification = configuration.enrollment.userVerification
        settings.noticeCommand = configuration.noticeCommand ?? []
        if let directory = configuration.assurance.directory {
            settings.assurancePolicies = try ConfigurationFile.policies(in: directory)
        }
        settings.recordDays = configuration.policies.recordDays
        settings.signals += configuration.policies.signals.map(SignalName.init(rawValue:))
        if let directory = configuration.policies.directory {
            let found = try ConfigurationFile.accessPolicies(in: directory)
            settings.accessPolicies = found.policies
            settings.passwordPolicies = found.passwordPolicies
            settings.networkZones = found.zones
        }
        settings.assuranceTexts = try ConfigurationFile.texts(in: configuration.assurance.texts)
        var customization = settings.assuranceTexts.byLanguage[AssuranceTexts.standard] ?? RemediationCustomization()
        if customization.helpURL == nil, let link = configuration.assurance.help?.link, link.hasPrefix("https:") {
            customization.helpURL = link
        }
        settings.assuranceContext = AssuranceContext(
            now: 0, releaseFeed: try? ReleaseFeed.shipped(), customization: customization)
        settings.releases = try configuration.assurance.releaseFeed.map { file throws(ConfigurationError) in
            try ConfigurationFile.releases(file)
        }
        if let directory = configuration.assurance.postureCheckDirectory {
            settings.postureChecks = try ConfigurationFile.postureChecks(in: directory)
        }
        settings.signalProviders = configuration.assurance.signalProviders
        try settings.checkPostureChecks()
        self = settings
    }
}

extension VerifierSettings {
    /// Refuses policies of the configuration that name checks that there are not, and checks that no challenge has room for.
    func checkPostureChecks() throws(ConfigurationError) {
        let key = "assurance.posture_checks"
        for policy in assurancePolicies {
            for condition in policy.devicePostureChecks
            where !postureChecks.contains(where: { $0.variableName == condition.variableName }) {
                throw ConfigurationError(
                    key, "has no check \(condition.variableName), which the policy \(policy.name) names")
            }
        }
        guard policies.namedPostureChecks == policies.requestedPostureChecks else {
            throw ConfigurationError(
                key,
                "the checks for Linux that policies name are more than \(PostureCheckRequest.maximumCount), or longer together "
                    + "than \(PolicySet.mostCheckBytes) bytes")
        }
    }
}
