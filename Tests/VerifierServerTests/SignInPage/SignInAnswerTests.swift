// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import Foundation
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct SignInAnswerTests {
    private static let answerer = SignInAnswerer(
        organization: "Org", issuer: "https://id.example.com", ports: ["5000"], probeTimeoutMillis: 100,
        help: AssuranceHelp(text: "Ask Bob.", link: "https://help.example/d"))

    private func answer(
        _ view: SignInView, accepted: String? = nil, uiLocales: String? = nil
    ) throws -> [String: Any] {
        var standing = SignInStanding(view: view, request: .fixture(), endsAt: 2000)
        standing.request.authorization.uiLocales = uiLocales
        let name = try #require(SignInName(Self.name))
        let answer = Self.answerer.answer(standing, name: name, now: 1000, acceptLanguage: accepted)
        let bytes = try JSON.encode(answer)
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    private static let name = "AAAAAAAAAAAAAAAA"
    private static let advice = Remediation(key: "k", parameters: ["1"], message: "Do this.", outcome: .indeterminate)

    @Test func everyViewTellsAppOrganisationAndTimes() throws {
        for view in [
            SignInView.identify, .challenge("c", isRecheck: false, isByLink: false), .enrollmentCode, .denied([]),
            .failed(.declined),
        ] {
            let answer = try answer(view)
            #expect(answer["appName"] as? String == "Payroll")
            #expect(answer["organization"] as? String == "Org")
            #expect(answer["serverTime"] as? Int == 1000)
            #expect(answer["expiresAt"] as? Int == 2000)
        }
    }

    @Test func hintIsAProposalUntilThePersonSaysWhoTheyAre() throws {
        #expect(try answer(.identify)["identifier"] as? String == "alice")
        #expect(try answer(.challenge("c", isRecheck: false, isByLink: false))["identifier"] == nil)
    }

    @Test func deniedTellsWhatToFixAndHowToGiveUp() throws {
        let answer = try answer(.denied([Self.advice]))
        let item = try #require((answer["remediation"] as? [[String: Any]])?.first)
        #expect(item["key"] as? String == "k")
        #expect(item["parameters"] as? [String] == ["1"])
        #expect(item["message"] as? String == "Do this.")
        #expect(item["outcome"] as? String == "indeterminate")
        #expect(answer["redirect"] as? String == "/oauth2/v1/authorize/cancel?sign_in=\(Self.name)")
    }

    @Test func warnedTellsUntilWhenAndLeadsNowhereByItself() throws {
        let answer = try answer(.warned([Self.advice], until: 5000))
        #expect(answer["until"] as? Int == 5000)
        #expect((answer["help"] as? [String: String])?["link"] == "https://help.example/d")
        #expect(answer["redirect"] == nil)
    }

    @Test func theAppsLanguageComesBeforeTheBrowsers() throws {
        #expect(try answer(.identify)["language"] as? String == "en")
        #expect(try answer(.identify, accepted: "de")["language"] as? String == "de")
        #expect(try answer(.identify, accepted: "de", uiLocales: "fr en-GB")["language"] as? String == "en")
        #expect(try answer(.identify, accepted: "de", uiLocales: "fr")["language"] as? String == "de")
    }

    @Test func adviceIsInThePagesLanguage() throws {
        let policy = Remediation(
            key: "idx.error.code.access_denied.policy",
            message: "Your organisation's policy does not allow this from here. Ask your administrator if you need it.",
            outcome: .notMet)
        for view in [SignInView.denied([policy, Self.advice]), .warned([policy, Self.advice], until: 5000)] {
            let items = try #require(try answer(view, accepted: "de")["remediation"] as? [[String: Any]])
            #expect((items[0]["message"] as? String)?.hasPrefix("Die Richtlinie Ihrer Organisation") == true)
            #expect(items[1]["message"] as? String == "Do this.")
        }
    }

    @Test func identityIsNotToldToThePage() throws {
        let identity = AuthenticatedIdentity(
            userID: "00u-secret", deviceID: "guo-secret", enrollmentID: nil, authenticatedAt: 1, methods: [],
            contextClass: "phr")
        let answer = try answer(.success(identity))
        #expect(answer["redirect"] as? String == "/oauth2/v1/authorize/continue?sign_in=\(Self.name)")
        #expect(!"\(answer)".contains("secret"))
    }

    @Test(arguments: [SignInFailure.declined, .phishing, .noDevice, .clockSkew])
    func failureIsNamed(failure: SignInFailure) throws {
        #expect(try answer(.failed(failure))["failure"] as? String == failure.rawValue)
    }

    /// The page's script has a text for every failure that the verifier names.
    @Test func pageHasATextForEveryFailure() {
        let texts = String(decoding: PackageResources.texts_js, as: UTF8.self)
        let failures: [SignInFailure] = [
            .declined, .timedOut, .phishing, .agentUnreachable, .agentError, .cancelled, .clockSkew,
            .userVerificationUnavailable, .hardwareKeyRequired, .keyCopied, .notActive, .expired, .noDevice,
            .policyUnattainable, .smartCardRequired, .securityKeyRequired,
        ]
        for failure in failures {
            #expect(texts.contains("\(failure.rawValue): ") || texts.contains("\"\(failure.rawValue)\""), "\(failure)")
        }
    }
}
