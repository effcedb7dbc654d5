// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DeviceSignals
import Foundation
import Testing
import WireProtocol

/// What challenges ask for by names of the organisation's own, and how responses tell it.
@Suite struct ReportClaimsTests {
    private static let challenge = ChallengeClaims(
        issuer: "https://id.example.com", issuedAt: 1_000_000, tokenID: "j", nonce: "n", transactionID: "t",
        organizationID: "o", userID: "u", verificationURI: "https://id.example.com/verify", userVerification: .none,
        userMediation: .none, signals: [], loginHint: nil, appInstanceName: nil, allowedOrigins: [])

    private func response() async throws -> ResponseClaims {
        let signer = InMemorySigner(keyID: "c", key: try .generate(.es256))
        let verified = try UnverifiedChallenge(
            try await signer.compactJWS(Self.challenge, type: TokenType.deviceBind)
        ).verify(with: signer.jwk.publicKey)
        return ResponseClaims(
            to: verified, enrollmentID: "e", methodEnrollmentID: "m", issuedAt: 1_000_001, tokenID: "j2", methods: [],
            keyType: .proofOfPossession,
            deviceSignals: DeviceSignalsClaim(deviceID: "d", clientInstanceID: "i", snapshot: PostureSnapshot()),
            context: ChallengeResponseContext(userConsent: .none, originHeader: nil, bindingType: .loopback))
    }

    private static let elements = [
        SignalProviderElement(
            name: "edr", configuration: .init(type: "FILE", format: "JSON"),
            outcome: .signal(Array(#"{"score": 87}"#.utf8), timeCollected: 1_000_000)),
        SignalProviderElement(name: "other", configuration: nil, outcome: .error("configuration not found")),
    ]
    private static let reports = [
        PostureCheckReport(variableName: "a", .known("1"), source: "signals"),
        PostureCheckReport(variableName: "b", .unknown(reason: "why"), source: "signals"),
        PostureCheckReport(variableName: "c", .timedOut, source: "/usr/bin/osqueryi"),
    ]

    @Test("a challenge carries checks and providers") func challenges() throws {
        var claims = Self.challenge
        claims.devicePostureChecks = [PostureCheckRequest(variableName: "a", query: "SELECT 1;")]
        claims.signalProviders = [SignalProviderRequest(name: "edr")]
        let bytes = try JSON.encode(claims)
        #expect(try JSON.decode(ChallengeClaims.self, from: bytes) == claims)
        let members = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(members["devicePostureChecks"] as? [[String: String]] == [["variableName": "a", "query": "SELECT 1;"]])
    }

    @Test("a check without a name, and a query that is too long, are refused") func checks() throws {
        for (name, query) in [
            ("", ";"), ("a b", ";"), ("ä", ";"), (String(repeating: "a", count: 129), ";"),
            ("a", String(repeating: " ", count: 16 * 1024 + 1)),
        ] {
            let bytes = try JSON.encode(PostureCheckRequest(variableName: name, query: query))
            #expect(throws: JSONFailure.self) { try JSON.decode(PostureCheckRequest.self, from: bytes) }
        }
    }

    @Test("a response tells of both, spelled as FastPass clients do, and survives the wire") func responses()
        async throws
    {
        var claims = try await response()
        claims.signalProviders = Self.elements
        claims.devicePostureChecks = Self.reports
        let bytes = try JSON.encode(claims)
        #expect(try JSON.decode(ResponseClaims.self, from: bytes) == claims)
        let members = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        let elements = try #require(members["signalProviders"] as? [[String: Any]])
        #expect(elements[0]["name"] as? String == "edr")
        #expect(elements[0]["configuration"] as? [String: String] == ["type": "FILE", "format": "JSON"])
        #expect(elements[0]["signal"] as? String == "eyJzY29yZSI6IDg3fQ==")
        #expect(elements[0]["timeCollected"] as? Int == 1_000_000)
        #expect(elements[1]["error"] as? String == "Y29uZmlndXJhdGlvbiBub3QgZm91bmQ=")
        #expect(elements[1]["signal"] == nil)
        let reports = try #require(members["devicePostureChecks"] as? [[String: String]])
        #expect(reports[0] == ["variableName": "a", "state": "known", "value": "1", "source": "signals"])
        #expect(reports[1] == ["variableName": "b", "state": "unknown", "reason": "why", "source": "signals"])
        #expect(reports[2] == ["variableName": "c", "state": "timedOut", "source": "/usr/bin/osqueryi"])
    }

    @Test("what was not asked for is null") func absent() async throws {
        let claims = try await response()
        let members = try #require(
            JSONSerialization.jsonObject(with: Data(try JSON.encode(claims))) as? [String: Any])
        #expect(members["signalProviders"] is NSNull)
        #expect(members["devicePostureChecks"] is NSNull)
        #expect(try JSON.decode(ResponseClaims.self, from: try JSON.encode(claims)).signalProviders == nil)
    }

    @Test("there are bounds to all of it") func bounds() async throws {
        func isRefused(_ change: (inout ResponseClaims) -> Void) async throws -> Bool {
            var claims = try await response()
            change(&claims)
            let bytes = try JSON.encode(claims)
            return (try? JSON.decode(ResponseClaims.self, from: bytes)) == nil
        }
        let element = Self.elements[1]
        #expect(try await !isRefused { $0.signalProviders = Array(repeating: element, count: 16) })
        #expect(try await isRefused { $0.signalProviders = Array(repeating: element, count: 17) })
        #expect(try await isRefused { $0.devicePostureChecks = Array(repeating: Self.reports[0], count: 17) })
        let long = [UInt8](repeating: 32, count: SignalProviderElement.maximumBytes + 1)
        #expect(
            try await isRefused {
                $0.signalProviders = [
                    SignalProviderElement(name: "a", configuration: nil, outcome: .signal(long, timeCollected: 1))
                ]
            })
        for text in [
            #"{"name": "a"}"#, #"{"name": "a", "error": "%"}"#, #"{"name": "a", "error": "/w=="}"#,
            #"{"name": "a", "signal": "e30="}"#,
            #"{"name": "a", "signal": "e30=", "timeCollected": 1, "error": "bm8="}"#,
        ] {
            #expect(throws: JSONFailure.self) { try JSON.decode(SignalProviderElement.self, from: Array(text.utf8)) }
        }
    }
}
