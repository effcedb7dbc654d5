// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WireProtocol

@Suite struct ChallengeURITests {
    private static let challenge = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl-_"
    private static let link = "countersign:/deviceChallenge?challengeRequest=" + challenge

    @Test func `a link is read as it was written`() throws {
        let link = ChallengeURI(challenge: Self.challenge)
        #expect(link.description == Self.link)
        #expect(try ChallengeURI(link.description) == link)
    }

    @Test(arguments: [link + "&login_hint=alice%40example.com", link.replacing("?", with: "?login_hint=&")])
    func `what the Sign-In Widget adds counts for nothing`(_ text: String) throws {
        #expect(try ChallengeURI(text).challenge == Self.challenge)
    }

    @Test(arguments: [
        "", "countersign:", "countersign:/deviceChallenge",
        "countersign://deviceChallenge?challengeRequest=" + challenge,
        "https:/deviceChallenge?challengeRequest=" + challenge,
        "COUNTERSIGN:/deviceChallenge?challengeRequest=" + challenge,
        "countersign:/other?challengeRequest=" + challenge, "--help", link + "&", link + "&x=1", link + "&x",
        " " + link,
        link + "\n", link + "&challengeRequest=" + challenge, link + "&login_hint=a&login_hint=b",
        link + "&login_hint=é",
    ])
    func `a link of another form is refused`(_ text: String) {
        #expect(throws: ChallengeURIError.otherForm) { try ChallengeURI(text) }
    }

    @Test(arguments: [
        "", "a.b", "a.b.c.d", "a..c", "a.b.", ".b.c", "a.b.c%41", "a.b.c#d", "a.b.c=", "a.b.'c", "$(a).b.c",
    ])
    func `a link without the letters of a challenge is refused`(_ challenge: String) {
        #expect(throws: ChallengeURIError.noChallenge) {
            try ChallengeURI("countersign:/deviceChallenge?challengeRequest=" + challenge)
        }
        #expect(throws: ChallengeURIError.noChallenge) { try ChallengeURI("countersign:/deviceChallenge?login_hint=a") }
    }

    @Test func `the longest challenge fits, and nothing longer`() throws {
        let longest = "a.b." + String(repeating: "c", count: UnverifiedJWS.maximumLength - 4)
        #expect(try ChallengeURI(ChallengeURI(challenge: longest).description).challenge == longest)
        #expect(throws: ChallengeURIError.noChallenge) {
            try ChallengeURI(ChallengeURI(challenge: longest + "c").description)
        }
        #expect(throws: ChallengeURIError.tooLong) {
            try ChallengeURI(Self.link + "&login_hint=" + String(repeating: "a", count: ChallengeURI.maximumLength))
        }
    }
}
