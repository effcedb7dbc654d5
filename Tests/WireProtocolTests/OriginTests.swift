// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@Suite struct OriginTests {
    @Test(arguments: [
        "https://id.example.com", "http://localhost", "http://localhost:8080", "https://[::1]:8443",
        "http://127.0.0.1:61711",
    ])
    func whatABrowserWritesIsAnOrigin(text: String) throws {
        #expect(try #require(Origin(text)).description == text)
    }

    @Test(arguments: [
        "", "null", "https://", "https://id.example.com/", "https://id.example.com:443", "http://a:80",
        "HTTPS://id.example.com",
        "https://Id.example.com", "https://user@id.example.com", "https://id.example.com?x", "https://id.example.com#x",
        "ftp://id.example.com", "https://id.example.com:0", "https://id.example.com:65536", "https://id.example.com:",
        "https://id.example.com:080a", "https://id.exämple.com", "https://id.example.com ", " https://id.example.com",
        "https://id.example.com\\@evil.test", "https://[::1", "https://[]", "https://[evil]", "javascript://x",
        "https://id.example.com, https://evil.test", "https://id.example.com:08443", "file://",
    ])
    func anythingElseIsNot(text: String) {
        #expect(Origin(text) == nil)
    }

    @Test(arguments: [
        ("https://id.example.com/idp/verify?x=1", "https://id.example.com"),
        ("https://ID.example.com:443/", "https://id.example.com"), ("http://localhost:80", "http://localhost"),
        ("https://id.example.com:8443#f", "https://id.example.com:8443"),
    ])
    func urlHasTheOriginOfItsAuthority(url: String, origin: String) throws {
        #expect(try #require(Origin(ofURL: url)).description == origin)
    }

    @Test(arguments: [
        "https://id.example.com@evil.test/", "https://id.example.com\\.evil.test/", "//id.example.com/", "/verify",
        "https:id.example.com", "data:text/html,x", "https://id.example.com:99999/",
    ])
    func urlThatHidesItsHostHasNone(url: String) {
        #expect(Origin(ofURL: url) == nil)
    }

    @Test(arguments: [
        ("http://localhost:1", true), ("http://127.0.0.1", true), ("http://[::1]", true), ("http://127.0.0.2", false),
        ("http://localhost.evil.test", false), ("http://0.0.0.0", false),
    ])
    func onlyExactNamesAreLoopback(text: String, expected: Bool) throws {
        #expect(try #require(Origin(text)).isLoopback == expected)
    }
}
