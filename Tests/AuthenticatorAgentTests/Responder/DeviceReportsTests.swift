// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceSignals
import Foundation
import TestSupport
import Testing
import WireProtocol

@testable import AuthenticatorAgent
@testable import DevicePosture

@Suite struct DeviceReportsTests {
    private static func ask(_ claims: inout ChallengeClaims) {
        claims.signalProviders = [SignalProviderRequest(name: "edr")]
        claims.devicePostureChecks = [PostureCheckRequest(variableName: "v", query: "SELECT 1;")]
    }

    @Test("a response carries what was asked for by name, for the enrolment's organisation") func carried() async throws
    {
        let fixture = try await LoopbackFixture()
        #expect(try await fixture.post(try await fixture.challenge(Self.ask))?.status == 200)
        let claims = try await fixture.verifiedResponse()
        #expect(
            claims?.devicePostureChecks == [
                PostureCheckReport(variableName: "v", .known("SELECT 1;"), source: "signals")
            ])
        #expect(
            claims?.signalProviders == [
                SignalProviderElement(name: "edr", configuration: nil, outcome: .error("configuration not found"))
            ])
        #expect(fixture.reports.questions == ["provider edr", "check v for \(fixture.page)"])
    }

    @Test("a response after a PIN carries them as well") func verified() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(pins: ["123456"]), canVerify: true)
        let challenge = try await fixture.challenge {
            Self.ask(&$0)
            $0.userVerification = .required
            $0.keyTypes = ["userVerification", "proofOfPossession"]
        }
        #expect(try await fixture.post(challenge)?.status == 200)
        let claims = try await fixture.verifiedResponse()
        #expect(claims?.keyType == .userVerification)
        #expect(claims?.devicePostureChecks?.map(\.value) == ["SELECT 1;"])
        #expect(claims?.signalProviders?.map(\.name) == ["edr"])
    }

    @Test("what has no room in a response is left out by size, programs' words first") func room() async throws {
        let fixture = try await LoopbackFixture()
        #expect(try await fixture.post(try await fixture.challenge(Self.ask))?.status == 200)
        var claims = try #require(try await fixture.verifiedResponse())
        func provider(_ count: Int) -> SignalProviderElement {
            let bytes = [UInt8](repeating: 65, count: count)
            return SignalProviderElement(
                name: "\(count)", configuration: nil, outcome: .signal(bytes, timeCollected: 1))
        }
        func reading(_ count: Int) -> SignalReading {
            SignalReading(
                .known(.strings((0..<count).map { "\($0)" + String(repeating: "a", count: 200) })), source: "s",
                collectedAt: 1)
        }
        func signed(_ claims: ResponseClaims) throws -> Int {
            let signer = InMemorySigner(keyID: String(repeating: "k", count: 64), key: try .generate(.es256))
            return try signer.signingInput(of: claims, type: TokenType.deviceBind).utf8.count
        }
        claims.signalProviders = [provider(2_000), provider(12_000), provider(10_000)]
        #expect(try claims.fittingAResponse() == claims)
        claims.deviceSignals.snapshot = PostureSnapshot([.browsers: reading(50), .swapSpaces: reading(5)])
        #expect(try signed(claims) > UnverifiedJWS.maximumLength - 4096)
        var fitting = try claims.fittingAResponse()
        #expect(try signed(fitting) <= UnverifiedJWS.maximumLength - 4096 + 256)
        let noRoom = SignalProviderElement.Outcome.error("there is no room for it in a response")
        #expect(fitting.signalProviders?.map { $0.outcome == noRoom } == [false, true, false])
        #expect(fitting.deviceSignals == claims.deviceSignals)
        claims.deviceSignals.snapshot = PostureSnapshot([.browsers: reading(200), .swapSpaces: reading(5)])
        fitting = try claims.fittingAResponse()
        #expect(fitting.signalProviders?.allSatisfy { $0.outcome == noRoom } == true)
        #expect(
            fitting.deviceSignals.snapshot[.browsers]?.state
                == .unknown(reason: "there is no room for it in a response"))
        #expect(fitting.deviceSignals.snapshot[.swapSpaces]?.value != nil)
        #expect(try signed(fitting) <= UnverifiedJWS.maximumLength - 4096 + 256)
    }

    @Test("what is not asked for is not read") func notAsked() async throws {
        let fixture = try await LoopbackFixture()
        #expect(try await fixture.post(try await fixture.challenge())?.status == 200)
        let claims = try await fixture.verifiedResponse()
        #expect(claims?.devicePostureChecks == nil && claims?.signalProviders == nil)
        #expect(fixture.reports.questions.isEmpty)
    }

    @Test("a person who refuses is not asked about behind their back") func refused() async throws {
        let fixture = try await LoopbackFixture(prompt: ScriptedConsent(.denied))
        let challenge = try await fixture.challenge {
            Self.ask(&$0)
            $0.userMediation = .required
        }
        _ = try await fixture.post(challenge)
        let claims = try await fixture.verifiedResponse()
        #expect(claims?.context.userConsent == .deniedConsentPrompt)
        #expect(claims?.devicePostureChecks == nil && claims?.signalProviders == nil)
        #expect(fixture.reports.questions.isEmpty)
    }

    @Test("sixteen of each are read, whatever a challenge asks") func bounds() async throws {
        let fixture = try await LoopbackFixture()
        let challenge = try await fixture.challenge {
            $0.signalProviders = (0..<40).map { SignalProviderRequest(name: "p\($0)") }
            $0.devicePostureChecks = (0..<40).map { PostureCheckRequest(variableName: "v\($0)", query: ";") }
        }
        #expect(try await fixture.post(challenge)?.status == 200)
        #expect(fixture.reports.questions.count == 32)
        #expect(try await fixture.verifiedResponse()?.devicePostureChecks?.count == 16)
    }

    @Test("signals that a response has no room for are errors") func room() {
        func report(_ name: String, _ count: Int) -> SignalProviderReport {
            SignalProviderReport(
                name: name, configuration: nil,
                outcome: .signal([UInt8](repeating: 32, count: count), timeCollected: 1))
        }
        let elements = SignalProviderElement.elements(
            of: [
                report("a", 20 * 1024), report("b", 5 * 1024), report("c", 4 * 1024),
                report(String(repeating: "ü", count: 500), 1),
            ])
        #expect(elements.map { if case .signal = $0.outcome { true } else { false } } == [true, false, true, false])
        #expect(elements[1].outcome == .error("there is no room for it in a response"))
        #expect(elements[3].name.utf8.count <= SignalProviderElement.maximumTextLength)
    }
}
