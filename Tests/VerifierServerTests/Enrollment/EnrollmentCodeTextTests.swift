// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import VerifierServer

@Suite struct EnrollmentCodeTextTests {
    @Test func whatIsShownIsUnderstood() throws {
        let code = try EnrollmentCodeText()
        let read = try #require(EnrollmentCodeText(typed: code.text))
        #expect(read.locator == code.locator)
        #expect(read.secret == code.secret)
        #expect(code.text.count == 29)
    }

    @Test func lowerCaseSpacesAndLookAlikesAreUnderstood() throws {
        let code = try #require(EnrollmentCodeText(typed: "o0il 1111-2222 3333 4444-5555"))
        #expect(code.locator == "00111111")
        #expect(code.secret == "2222333344445555")
    }

    @Test(arguments: [
        "", "1234", "UUUU-0000-0000-0000-0000-0000", "0000-0000-0000-0000-0000-00000",
        "0000-0000-0000-0000-0000-000", "0000\u{0}0000-0000-0000-0000-0000", String(repeating: "0", count: 101),
    ])
    func anythingElseIsNot(_ text: String) {
        #expect(EnrollmentCodeText(typed: text) == nil)
    }

    @Test func theSecretIsStoredAsAHash() throws {
        let code = try EnrollmentCodeText()
        #expect(!code.secretHash.contains(code.secret))
        #expect(code.secretHash.count == 43)
    }
}
