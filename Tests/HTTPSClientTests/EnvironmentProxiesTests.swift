// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPSClient
import Testing

@Suite struct EnvironmentProxiesTests {
    private func proxy(_ environment: [String: String], _ scheme: String, _ host: String = "a.example") -> String? {
        EnvironmentProxies(environment).proxy(scheme: scheme, host: host)
    }

    @Test(
        arguments: [
            (["https_proxy": "http://a:1"], "https", "http://a:1"),
            (["HTTPS_PROXY": "http://a:1"], "https", "http://a:1"),
            (["https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"], "https", "http://a:1"),
            (["https_proxy": "", "HTTPS_PROXY": "http://b:2"], "https", "http://b:2"),
            (["https_proxy": "http://a:1"], "http", nil), (["http_proxy": "http://a:1"], "http", "http://a:1"),
            (["HTTP_PROXY": "http://a:1"], "http", nil), (["http_proxy": "http://a:1"], "https", nil),
            (["all_proxy": "http://a:1"], "https", "http://a:1"), (["ALL_PROXY": "http://a:1"], "http", "http://a:1"),
            (["all_proxy": "http://a:1", "https_proxy": "http://b:2"], "https", "http://b:2"), ([:], "https", nil),
        ] as [([String: String], String, String?)])
    func variableOfTheSchemeCounts(_ environment: [String: String], _ scheme: String, _ expected: String?) {
        #expect(proxy(environment, scheme) == expected)
    }

    @Test(
        arguments: [
            ("*", "id.example.com", true), ("id.example.com", "id.example.com", true),
            ("example.com", "id.example.com", true),
            (".example.com", "id.example.com", true), (".example.com", "example.com", true),
            ("EXAMPLE.com", "id.Example.com", true),
            ("example.com", "id.example.com.", true), ("example.com.", "id.example.com", true),
            ("other.org, example.com", "id.example.com", true), ("other.org example.com", "id.example.com", true),
            ("ample.com", "id.example.com", false), ("id.example.com", "example.com", false),
            ("other.org", "id.example.com", false),
            ("", "id.example.com", false), (".", "id.example.com", false), ("192.0.2.7", "192.0.2.7", true),
            ("2001:db8::1", "[2001:db8::1]", true), ("[2001:db8::1]", "2001:db8::1", true),
            ("2001:db8::1", "[2001:db8::2]", false),
        ] as [(String, String, Bool)])
    func exceptionsAreSpokenToDirectly(_ exceptions: String, _ host: String, _ isExcepted: Bool) {
        #expect((proxy(["https_proxy": "http://a:1", "no_proxy": exceptions], "https", host) == nil) == isExcepted)
        #expect((proxy(["https_proxy": "http://a:1", "NO_PROXY": exceptions], "https", host) == nil) == isExcepted)
    }

    @Test(
        arguments: [
            ("http://proxy.example.com:3128", "proxy.example.com", 3128),
            ("proxy.example.com:3128", "proxy.example.com", 3128),
            ("http://user:p%40ss@proxy.example.com:3128/", "proxy.example.com", 3128),
            ("http://proxy.example.com", "proxy.example.com", 1080),
            ("https://proxy.example.com", "proxy.example.com", 443), ("http://[2001:db8::1]:8080", "2001:db8::1", 8080),
            ("http://[2001:db8::1]", "2001:db8::1", 1080),
        ] as [(String, String, Int)])
    func endpointIsWhereTheProxyIs(_ text: String, _ host: String, _ port: Int) {
        let endpoints = EnvironmentProxies(["https_proxy": text]).endpoints
        #expect(endpoints.map(\.host) == [host] && endpoints.map(\.port) == [port])
    }

    @Test(arguments: ["", "http://", "http://:80", "http://a:b", "http://[::1", "http://[::1]:x"])
    func whatNamesNoPlaceIsNone(_ text: String) {
        #expect(EnvironmentProxies(["https_proxy": text]).endpoints.isEmpty)
    }
}
