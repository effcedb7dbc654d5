// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import SupportReports
import Testing

/// What strangers may not read is not in a report.
@Suite struct ReportRedactionTests {
    private static let redaction = ReportRedaction([
        ("ada", "(user)"), ("Ada Lovelace", "(person)"), ("engine", "(host)"), ("x", "(never)"),
        ("https://id.example.com", "(organisation 1)"), ("id.example.com", "(organisation 1)"),
        ("the \"A\" \\ B", "(name)"),
    ])

    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let redacted: String
        var testDescription: String { text }
        init(_ text: String, _ redacted: String) { (self.text, self.redacted) = (text, redacted) }
    }

    @Test(
        "known words are replaced whole, in any case, the longest first",
        arguments: [
            Case("ada, ADA and Ada_Lovelace", "(user), (user) and (user)_Lovelace"),
            Case("Ada Lovelace at engine", "(person) at (host)"),
            Case("adamant engines", "adamant engines"),
            Case("https://id.example.com/a https://ID.EXAMPLE.COM:8443", "(organisation 1)/a (organisation 1):8443"),
            Case("notid.example.com", "notid.example.com"),
            Case("x marks", "x marks"),
            Case("ada", "(user)"),
            Case(#"{"name": "the \"A\" \\ B"}"#, #"{"name": "(name)"}"#),
            Case("éada ada", "éada (user)"),
        ])
    func words(example: Case) {
        #expect(Self.redaction.redacted(example.text) == example.redacted)
    }

    @Test(
        "what is not known is replaced by its form",
        arguments: [
            Case("mail to <grace.hopper+x@navy.example>.", "mail to <(email)>."),
            Case("grace@navy", "(email)"),
            Case("@ alone", "@ alone"),
            Case("in /home/grace/.ssh and \"/var/home/grace\"", "in /home/(user)/.ssh and \"/var/home/(user)\""),
            Case("at home grace", "at home grace"),
            Case("serial 12345678, Serial number: AB12-9", "serial (serial), Serial number: (serial)"),
            Case("serial ports", "serial ports"),
            Case("3d1219c7c4c5404aaa1f6d2a48adfda4", "(id)"),
            Case("550e8400-e29b-41d4-a716-446655440000", "(id)"),
            Case("key KJ8a_dQ2-z9XbN41mTq0Lw.p8", "key (id)"),
            Case(
                "countersign-posture-helper.service 1795687516237188",
                "countersign-posture-helper.service 1795687516237188"),
            Case("linux-image-6.1.0-32-amd64", "linux-image-6.1.0-32-amd64"),
        ])
    func forms(example: Case) {
        #expect(Self.redaction.redacted(example.text) == example.redacted)
    }
}
