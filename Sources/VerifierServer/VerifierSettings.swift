// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import AccessPolicy
internal import Cryptography
package import DeviceAssurance
package import DeviceSignals
package import NetworkPlaces
package import WireProtocol

/// What an organisation asks of the keys of an enrolment.
package enum EnrollmentUserVerification: String, Hashable, Sendable, Codable {
    /// A user-verification key must be made.
    case required
    /// One is made where the device can.
    case preferred
    /// None is made.
    case none
}

/// What the verifier is set up to do, apart from its network side.
package struct VerifierSettings: Sendable {
    /// The issuer: an http or https URL without query, fragment or slash at its end.
    package let issuer: String
    /// The issuer's origin.
    package let issuerOrigin: Origin
    /// The organisation's id.
    package let organizationID: String
    /// The organisation's name, for a person.
    package let organizationName: String
    /// The id of the one authenticator that devices enrol in; made of issuer and organisation.
    package let authenticatorID: String
    /// The origins besides the issuer's own whose pages may carry challenges.
    package var allowedOrigins: [Origin] = []
    /// The signals that challenges ask for, besides those that the policies are judged by.
    package var signals: [SignalName] = Self.standardSignals
    /// How long a browser's session lasts, in seconds.
    package var sessionLifetime: Int64 = 12 * 3600
    /// How long a one-time code counts, in seconds.
    package var codeLifetime: Int64 = 30 * 60
    /// What is asked of the keys of an enrolment.
    package var enrollmentUserVerification = EnrollmentUserVerification.preferred
    /// Whether a fingerprint reader of the device's counts as verification: the agent alone says that it knew the finger.
    package var fingerprintReaders = false
    /// Whether a link may bring a challenge where the page cannot reach the agent: it tells of no page.
    package var customURI = false
    /// What protection a key needs for a sign-in to an app that says nothing else, and for the one that enrols a device.
    package var keyProtection = KeyProtection.any
    /// The policies of device assurance, of which a device must meet one. Without any no device is refused for its posture.
    package var assurancePolicies: [AssurancePolicy] = []
    /// Access policies, among them at most one for accounts, and the zones that they name.
    package var accessPolicies: [AccessPolicy] = []
    /// The password policies: who decides about recovering a password that a directory keeps.
    package var passwordPolicies: [PasswordPolicy] = []
    /// The zones that access policies name.
    package var networkZones: [NetworkZone] = []
    /// What policies of device assurance are judged by beside the device: releases, own checks, own words.
    package var assuranceContext: AssuranceContext?
    /// The release feed that is read anew when its file changes; `nil` for the one that comes with the product.
    package var releases: CurrentReleases?
    /// What people are told in the organisation's own words.
    package var assuranceTexts = AssuranceTexts()
    /// The organisation's own checks, of the configuration.
    package var postureChecks: [DevicePostureCheck] = []
    /// The other programs on devices whose signals challenges ask for.
    package var signalProviders: [String] = []
    /// For how many days it is kept what access policies were asked; 0 for not at all.
    package var recordDays = 30
    /// Where networks are; `nil` where nobody says.
    package var networkPlaces: PlaceTable?
    /// The program that carries notices, and its arguments; empty for none.
    package var noticeCommand: [String] = []
    /// The file of the key that seals private keys in the store; by default the store's path with `.key`.
    package var keyFilePath: String
    /// Whom the organisation believes about the hardware of keys.
    package var attestation = AttestationSettings()
    /// How often things may be done.
    package var rateLimits = RateLimits()

    /// All first signals.
    package static let standardSignals: [SignalName] = [
        .platform, .osName, .osVersion, .kernelVersion, .manufacturer, .model, .diskEncryptionType, .screenLockType,
        .secureHardwarePresent, .secureBoot,
    ]

    /// Settings, or `nil` where the issuer is not such a URL.
    package init?(issuer: String, organizationID: String, organizationName: String, keyFilePath: String) {
        guard let origin = Origin(ofURL: issuer), !issuer.hasSuffix("/"),
            !issuer.utf8.contains(UInt8(ascii: "?")), !issuer.utf8.contains(UInt8(ascii: "#"))
        else { return nil }
        self.issuer = issuer
        issuerOrigin = origin
        self.organizationID = organizationID
        self.organizationName = organizationName
        self.keyFilePath = keyFilePath
        authenticatorID = "aut" + SHA256.base64URL(of: "\(issuer) \(organizationID)").prefix(17)
    }

    /// The origins whose pages may carry challenges: the issuer's own first.
    package var challengeOrigins: [Origin] {
        var origins = [issuerOrigin]
        for origin in allowedOrigins where !origins.contains(origin) { origins.append(origin) }
        return origins
    }

    /// What challenges ask of devices.
    func questions(by policies: PolicySet) -> DeviceQuestions {
        DeviceQuestions(
            signals: requestedSignals(by: policies), checks: policies.requestedPostureChecks, providers: signalProviders
        )
    }

    /// The signals that challenges ask for, each once.
    private func requestedSignals(by policies: PolicySet) -> [SignalName] {
        var names = signals
        let own = Set(signals)
        names += policies.assuranceSignals.filter { !own.contains($0) }
        if !policies.accessPolicies.isEmpty, !names.contains(.deviceManaged) { names.append(.deviceManaged) }
        return names
    }

    /// The policies of the configuration.
    var policies: PolicySet {
        var context = assuranceContext ?? AssuranceContext(now: 0, releaseFeed: try? ReleaseFeed.shipped())
        for check in postureChecks { context.postureChecks[check.variableName] = check }
        return PolicySet(
            accessPolicies: accessPolicies, passwordPolicies: passwordPolicies, zones: networkZones,
            assurancePolicies: assurancePolicies, assuranceContext: context)
    }

    /// Where the response to a challenge of a transaction is posted.
    package func verificationURI(transactionID: String) -> String {
        "\(issuer)/idp/authenticators/\(authenticatorID)/transactions/\(transactionID)/verify"
    }
}
