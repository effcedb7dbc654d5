// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Languages
import Testing

@Suite struct LanguagePreferenceTests {
    @Test(arguments: [
        ("de", Language.german), ("de-AT,de;q=0.9,en;q=0.8", .german), ("en-US,en;q=0.5,de;q=0.3", .english),
        ("fr,de;q=0.4", .german), ("en;q=0.2, de;q=0.8", .german), ("en;q=0.8,de;q=0.8", .english), ("DE_ch", .german),
        ("*", .english), ("fr, *;q=0.1", .english), ("\tde ;q=1", .german), ("de;q=0,en;q=0.001", .english),
        ("de;Q=0.500", .german),
    ])
    func theBrowsersPreferredLanguageOfOursCounts(header: String, expected: Language) {
        #expect(LanguagePreference.accepted(header) == expected)
    }

    @Test(arguments: [
        "", ",", "fr", "deu", "dex-AT", "de;q=0", "de;q=2", "de;q=-1", "de;q=nan", "de;q=1e0000", "de;level=1", "-de",
        "\u{1F600}", String(repeating: "fr,", count: 32) + "de", String(repeating: " ", count: 1024) + "de",
    ])
    func whatCannotBeUnderstoodIsNoPreference(header: String) {
        #expect(LanguagePreference.accepted(header) == nil)
    }

    @Test func anAppsListIsInOrder() {
        #expect(LanguagePreference.first(of: "fr de-CH en") == .german)
        #expect(LanguagePreference.first(of: "fr-CA fr") == nil)
        #expect(LanguagePreference.first(of: String(repeating: "x", count: 1025) + " de") == nil)
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
        #expect(LanguagePreference.session(environment) == expected)
    }
}
