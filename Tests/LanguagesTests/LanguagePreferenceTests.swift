// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Languages
import Testing

@Suite struct LanguagePreferenceTests {
    @Test(arguments: [
        ("de", Language.german), ("de-AT,de;q=0.9,en;q=0.8", .german), ("en-US,en;q=0.5,de;q=0.3", .english),
        ("fr,de;q=0.4", .german), ("en;q=0.2, de;q=0.8", .german), ("en;q=0.8,de;q=0.8", .english),
        ("*,de;q=0.9", .english), ("fr, *;q=0.1", .english), ("\tde ;q=1", .german), ("de;q=0,en;q=0.001", .english),
        ("de;Q=0.500", .german), ("fr", .english),
    ])
    func theBrowsersPreferredLanguageOfOursCounts(header: String, expected: Language) {
        #expect(LanguagePreference(acceptLanguage: header).language == expected)
    }

    @Test(arguments: [
        "", ",", "deut", "d", "de;q=0", "de;q=2", "de;q=-1", "de;q=nan", "de;q=0x1p0", "de;q=1e0000", "de;level=1",
        "de;q=1;q=1", "-de", "de-", "../de", "de_DE", "\u{1F600}", String(repeating: "x", count: 1024) + ",de",
        String(repeating: ",fr=", count: 32) + ",de",
    ])
    func whatCannotBeUnderstoodIsNoPreference(header: String) {
        #expect(LanguagePreference(acceptLanguage: header).tags == [])
    }

    @Test func anAppsListIsInOrderAndComesFirst() {
        #expect(LanguagePreference(uiLocales: "fr de-CH en").language == .german)
        #expect(LanguagePreference(uiLocales: "fr-CA fr", acceptLanguage: "de").language == .german)
        #expect(LanguagePreference(uiLocales: "en", acceptLanguage: "de").language == .english)
        let long = String(repeating: "x", count: 1025) + " de"
        #expect(LanguagePreference(uiLocales: long).tags == [])
    }

    @Test(arguments: [
        ("de-DE,de;q=0.9,en;q=0.8", "de"), ("fr;q=0.9, pt-BR;q=0.8, de;q=0.7", "pt-br"), ("pt", nil), ("DE-at", "de"),
        ("pt-br-x-old", "pt-br"), ("", nil),
    ])
    func aDialectIsServedByItsLanguage(header: String, expected: String?) {
        #expect(LanguagePreference(acceptLanguage: header).first(of: ["de", "pt-br"]) == expected)
    }

    @Test(arguments: [
        (["LANG": "de_DE.UTF-8"], Language.german), (["LANG": "de"], .german), ([:], .english),
        (["LANG": "en_US.UTF-8", "LC_MESSAGES": "de_AT.UTF-8"], .german),
        (["LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"], .english), (["LANG": "fr_FR.UTF-8"], .english),
        (["LANG": "de_DE.UTF-8", "LC_ALL": ""], .german), (["LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:de:en"], .german),
        (["LANG": "C.UTF-8", "LANGUAGE": "de"], .english), (["LANG": "POSIX", "LANGUAGE": "de"], .english),
        (["LANG": "de_DE.UTF-8", "LANGUAGE": "en_GB:de"], .english),
        (["LANG": "de_DE@euro", "LANGUAGE": "fr"], .german),
    ])
    func aSessionsLanguageIsTheOneOfGettext(environment: [String: String], expected: Language) {
        #expect(LanguagePreference.session(environment).language == expected)
    }
}
