// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Foundation
import HTTPTypes
import Languages
import NIOCore
import TOMLConfiguration
import Testing
import WireProtocol

@testable import VerifierServer

@Suite struct AssuranceTextsTests {
    private static let prefix = "device.assurance.custom.remediation."
    private static let firewall = "idx.error.code.access_denied.device_assurance.remediation.linux.enable_firewall"

    private static func texts(_ languages: [String: String]) throws -> AssuranceTexts {
        AssuranceTexts(
            byLanguage: try languages.mapValues { key in
                try RemediationCustomization.decode(
                    Array(
                        """
                        {"texts": {"\(prefix)\(key)":
                         {"message": "Ruf 4711 an: {0}", "links": [{"url": "https://help.example.com/de"}]}}}
                        """.utf8), name: "test")
            })
    }

    @Test(arguments: [
        (nil, nil), ("de", "de"), ("de-DE,de;q=0.9,en;q=0.8", "de"), ("en,de;q=0.9", nil), ("de;q=0.5, en-GB", nil),
        ("fr;q=0.9, pt-BR;q=0.8, de;q=0.7", "pt-br"), ("pt", nil), ("de;q=0", nil), ("de;q=2", nil), ("*", nil),
        ("DE-at", "de"), (String(repeating: "x", count: 1024) + ",de", nil), ("../de", nil),
    ])
    func theLanguageIsTheFirstOfOursInThePersonsOrder(_ accepted: String?, _ language: String?) throws {
        let texts = try Self.texts(["de": "x", "pt-br": "x", "en": "x"])
        #expect(texts.language(for: LanguagePreference(acceptLanguage: accepted)) == language)
    }

    @Test func adviceIsToldInItsLanguageWhereThereIsAText() throws {
        let texts = try Self.texts(["de": Self.firewall])
        let known = Remediation(key: Self.firewall, parameters: ["x"], message: "Turn it on.", outcome: .notMet)
        let other = Remediation(key: "other", message: "Other.", outcome: .notMet)
        let told = texts.translate([known, other], for: LanguagePreference(uiLocales: "de"))
        #expect(told.map(\.message) == ["Ruf 4711 an: x", "Other."])
        #expect(told[0].links.map(\.url) == ["https://help.example.com/de"])
        #expect(texts.translate([known], for: LanguagePreference(uiLocales: "en")) == [known])
    }

    @Test func wordsOfTheProductInAnOwnTextAreOfItsLanguage() throws {
        let text =
            #"{"name":"disks","platform":"LINUX","diskEncryptionType":{"include":["SYSTEM_VOLUME","USER"]}}"#
        let policy = try AssurancePolicy.decode(Array(text.utf8), name: "disks")
        let snapshot = PostureSnapshot(
            [SignalName.platform: "LINUX", .diskEncryptionType: "NONE"].mapValues {
                SignalReading(.known(.string($0)), source: "test", collectedAt: 1)
            })
        let view = try #require(AssuranceEvaluator.evaluate([policy], snapshot, now: 1).view)
        let advice = try #require(view.options.first?.items)
        let texts = try Self.texts(["de-at": advice[0].key, "fr": advice[0].key])
        #expect(
            texts.translate(advice, for: LanguagePreference(uiLocales: "de-AT")).map(\.message) == [
                "Ruf 4711 an: das Volume des Betriebssystems oder Ihre eigenen Dateien"
            ])
        #expect(
            texts.translate(advice, for: LanguagePreference(uiLocales: "fr")).map(\.message) == [
                "Ruf 4711 an: the volume of the operating system, or your own files"
            ])
    }

    @Test func theConfigurationsFilesAreReadAndChecked() throws {
        let folder = try TemporaryFolder()
        func write(_ name: String, _ key: String, _ more: String = "") throws {
            try #"{"texts": {"\#(Self.prefix)\#(key)": {"message": "m"}}\#(more)}"#.write(
                toFile: folder.file(name), atomically: true, encoding: .utf8)
        }
        try write("en.json", "LINUX.Okta:DeviceAssurance.Firewall", #", "helpURL": "https://help.example.com""#)
        try write("de.json", "LINUX.Okta:DeviceAssurance.Firewall")
        try write("fr.json", "LINUX.Okta:DeviceAssurance.SecureBoot")
        try write("nl.json", Self.firewall, #", "helpURL": "https://help.example.com""#)
        func settings(_ lines: String) throws -> VerifierSettings {
            let toml =
                "issuer = \"http://localhost:8800\"\norganization = { id = \"00oTest\", name = \"Test\" }\n"
                + "[assurance.texts]\n\(lines)\n"
            return try VerifierSettings(configuration: try VerifierConfiguration(toml: toml, directory: folder.path))
        }
        let both = try settings("en = \"en.json\"\nDE = \"de.json\"")
        #expect(both.assuranceTexts.byLanguage.keys.sorted() == ["de", "en"])
        #expect(both.policies.assuranceContext.customization.helpURL == "https://help.example.com")
        #expect(both.policies.assuranceContext.customization.texts.count == 1)
        for lines in [
            "de = \"de.json\"", "en = \"en.json\"\nfr = \"fr.json\"", "nl = \"nl.json\"", "en = \"none.json\"",
            "deutsch = \"de.json\"",
        ] { #expect(throws: ConfigurationError.self, "\(lines)") { _ = try settings(lines) } }
    }

    @Test func thePageIsToldInTheBrowsersLanguage() throws {
        let answerer = SignInAnswerer(
            organization: "o", issuer: "i", ports: [], probeTimeoutMillis: 1, help: nil,
            texts: try Self.texts(["de": Self.firewall]))
        let advice = Remediation(key: Self.firewall, parameters: ["x"], message: "Turn it on.", outcome: .notMet)
        for view in [SignInView.denied([advice]), .warned([advice], until: nil)] {
            let standing = SignInStanding(view: view, request: .fixture(), endsAt: 2)
            let name = try #require(SignInName("AAAAAAAAAAAAAAAA"))
            let german = answerer.answer(standing, name: name, now: 1, acceptLanguage: "de-AT")
            #expect(german.remediation?.first?.message == "Ruf 4711 an: x")
            #expect(answerer.answer(standing, name: name, now: 1).remediation == [advice])
        }
    }
}
