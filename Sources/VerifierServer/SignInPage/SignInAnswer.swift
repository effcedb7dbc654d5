// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceAssurance
package import Languages
internal import WireProtocol

/// What the sign-in page is told after each of its requests.
package struct SignInAnswer: Hashable, Sendable, Encodable {
    /// Where the sign-in stands.
    package enum State: String, Hashable, Sendable, Encodable {
        /// The person is to say who they are.
        case identify
        /// The agent is to answer.
        case challenge
        /// The person may type a one-time code.
        case code
        /// It is done.
        case success
        /// Policy did not let the device in.
        case denied
        /// Policy let the device in for now.
        case warned
        /// It ended without a sign-in.
        case failed
    }

    /// How the page reaches the agent, by the names of the Sign-In Widget.
    package struct Challenge: Hashable, Sendable, Encodable {
        var challengeMethod = "LOOPBACK"
        let challengeRequest: String
        var domain: String? = "http://localhost"
        var ports: [String]?
        var probeTimeoutMillis: Int?
        /// The link that brings it, of the method `CUSTOM_URI`.
        var href: String?
        /// Whether the device alone is looked at again; absent for `false`.
        var recheck: Bool?

        /// A challenge that the person opens a link with.
        init(link challenge: String) {
            challengeMethod = "CUSTOM_URI"
            challengeRequest = challenge
            domain = nil
            href = ChallengeURI(challenge: challenge).description
        }

        /// A challenge that the page carries itself.
        init(challengeRequest: String, ports: [String], probeTimeoutMillis: Int, recheck: Bool?) {
            self.challengeRequest = challengeRequest
            self.ports = ports
            self.probeTimeoutMillis = probeTimeoutMillis
            self.recheck = recheck
        }
    }

    /// Where the sign-in stands.
    package var state: State
    /// The language that the page is to speak.
    package var language: Language
    /// The app, for people.
    package var appName: String
    /// The organisation, for people.
    package var organization: String
    /// The issuer, which a person types to enrol.
    package var issuer: String
    /// Whom the app expects, as a proposal.
    package var identifier: String?
    /// Until when the app's request counts, in seconds since 1970.
    package var expiresAt: Int64
    /// The verifier's time, in seconds since 1970.
    package var serverTime: Int64
    /// When to ask again, in milliseconds.
    package var refresh = 2000
    /// The challenge.
    package var challenge: Challenge?
    /// What to fix.
    package var remediation: [Remediation]?
    /// Why it ended.
    package var failure: SignInFailure?
    /// Whether a link is offered in place of the way that failed; absent for `false`.
    package var offersLink: Bool?
    /// Until when things are to be fixed, in seconds since 1970.
    package var until: Int64?
    /// Where a person finds help with what is to be fixed.
    package var help: AssuranceHelp?
    /// Where to go on, or after a failure, where to give up.
    package var redirect: String?
}

/// Tells the page where a sign-in stands.
package struct SignInAnswerer: Sendable {
    let organization: String
    let issuer: String
    let ports: [String]
    let probeTimeoutMillis: Int
    let help: AssuranceHelp?
    /// Whether the organisation lets links bring challenges.
    var customURI = false
    var texts = AssuranceTexts()

    /// Where a sign-in goes on after it succeeded.
    package static let continuePath = "/oauth2/v1/authorize/continue"
    /// Where a sign-in is given up.
    package static let abandonPath = "/oauth2/v1/authorize/cancel"

    /// The answer about a sign-in.
    ///
    /// - Parameter acceptLanguage: the browser's header of this name; what the app asked for comes first.
    func answer(
        _ standing: SignInStanding, name: SignInName, now: Int64, acceptLanguage: String? = nil
    ) -> SignInAnswer {
        let request = standing.request
        let preference = LanguagePreference(
            uiLocales: request.authorization.uiLocales, acceptLanguage: acceptLanguage)
        var answer = SignInAnswer(
            state: .identify, language: preference.language, appName: request.appName, organization: organization,
            issuer: issuer, expiresAt: standing.endsAt, serverTime: now)
        switch standing.view {
        case .identify:
            answer.identifier = request.authorization.loginHint
        case .challenge(let request, _, isByLink: true):
            answer.state = .challenge
            answer.challenge = .init(link: request)
        case .challenge(let request, let isRecheck, isByLink: false):
            answer.state = .challenge
            answer.challenge = .init(
                challengeRequest: request, ports: ports, probeTimeoutMillis: probeTimeoutMillis,
                recheck: isRecheck ? true : nil)
        case .enrollmentCode:
            answer.state = .code
        case .success:
            answer.state = .success
            answer.redirect = name.address(Self.continuePath)
        case .denied(let remediation):
            answer.state = .denied
            answer.remediation = worded(remediation, for: preference)
            answer.help = help
            answer.redirect = name.address(Self.abandonPath)
        case .warned(let remediation, let until):
            answer.state = .warned
            answer.remediation = worded(remediation, for: preference)
            answer.help = help
            answer.until = until
        case .failed(let failure):
            answer.state = .failed
            answer.failure = failure
            if failure == .agentUnreachable, customURI, request.servesLinks { answer.offersLink = true }
            answer.redirect = name.address(Self.abandonPath)
        }
        return answer
    }

    /// Advice in the person's language: the organisation's own texts where there are some, else those of the product.
    private func worded(_ advice: [Remediation], for preference: LanguagePreference) -> [Remediation] {
        texts.translate(advice, for: preference).map { $0.worded(in: preference.language) }
    }
}
