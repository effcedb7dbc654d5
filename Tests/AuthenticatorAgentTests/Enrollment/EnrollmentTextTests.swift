// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AuthenticatorAgent

@Suite struct EnrollmentTextTests {
    @Test(arguments: [
        ("https://id.example.com", "https://id.example.com"), ("https://id.example.com/", "https://id.example.com"),
        ("id.example.com", "https://id.example.com"), ("http://localhost:8800", "http://localhost:8800"),
        ("http://127.0.0.1:8800/", "http://127.0.0.1:8800"), ("http://[::1]:8800", "http://[::1]:8800"),
        ("https://example.com/tenant", "https://example.com/tenant"),
    ])
    func addressesAreTakenAsTyped(typed: String, url: String) throws {
        #expect(try IssuerAddress(typed: typed).url == url)
    }

    @Test(arguments: [
        "", "http://id.example.com", "http://127.0.0.1.example.com", "http://localhost.example.com",
        "ftp://id.example.com",
        "https://user@id.example.com", "https://id.example.com?x", "https://id.example.com#x", "https://",
        "https://a b",
        "javascript:alert(1)", "https://id.example.com:0",
    ])
    func otherAddressesAreRefused(typed: String) {
        let error = #expect(throws: EnrollmentError.self) { try IssuerAddress(typed: typed) }
        #expect(error?.code == .invalidURL)
    }

    @Test(arguments: [
        ("https://id.example.com", true), ("https://id.example.com/", true), ("https://id.example.com//", false),
        ("https://id.example.com.evil.com", false), ("http://id.example.com", false), ("https://ID.example.com", false),
    ])
    func theIssuerIsWhatWasTyped(issuer: String, same: Bool) throws {
        #expect(try IssuerAddress(typed: "https://id.example.com").isIssuer(issuer) == same)
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Sun, 22 Nov 2026 23:00:00 GMT", 1_795_388_400),
        ] as [(String, Int64)])
    func dateFieldsAreRead(field: String, seconds: Int64) {
        #expect(ClockSkew(dateField: field, now: seconds)?.seconds == 0)
        #expect(ClockSkew(dateField: field, now: seconds + 61)?.matters == true)
        #expect(ClockSkew(dateField: field, now: seconds - 60)?.matters == false)
    }

    @Test(arguments: [
        nil, "", "yesterday", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
    ])
    func otherDatesAreNone(field: String?) {
        #expect(ClockSkew(dateField: field, now: 0) == nil)
    }

    @Test(
        arguments: [
            (300, "this device's clock is 5 minutes ahead of the verifier's"),
            (-90, "this device's clock is 90 seconds behind the verifier's"),
            (-7200, "this device's clock is 2 hours behind the verifier's"),
            (259_200, "this device's clock is 3 days ahead of the verifier's"),
        ] as [(Int64, String)])
    func theDifferenceIsInPlainWords(seconds: Int64, sentence: String) {
        #expect(ClockSkew(dateField: "Thu, 01 Jan 1970 00:00:00 GMT", now: seconds)?.sentence == sentence)
    }

    @Test(arguments: ["a b", "ä", "&=+%", "https://x/y?z", "-._~"])
    func formFieldsComeBack(value: String) {
        let form = FormEncoding.encode([("name", value), ("other", "1")])
        #expect(FormEncoding.decode(form) == ["name": value, "other": "1"])
    }

    @Test(arguments: ["a=%", "a=%zz", "a=1&a=2", "a=%FF"])
    func brokenFormsAreRefused(form: String) {
        #expect(FormEncoding.decode(form) == nil)
    }
}
