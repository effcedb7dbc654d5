// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Languages
import Testing

@Suite struct TranslationsTests {
    private static let german = Translations(
        .german, json: Array(#"{"Back to {0}": "Zurück zu {0}", "{0} of {1}": "von {1}: {0}"}"#.utf8))

    @Test func aTextIsTranslatedAndItsPlacesAreFilled() {
        #expect(Self.german("Back to {0}", "Wiki") == "Zurück zu Wiki")
        #expect(Self.german("{0} of {1}", "3", "8") == "von 8: 3")
        #expect(Translations.english("Back to {0}", "Wiki") == "Back to Wiki")
    }

    @Test func whatHasNoTranslationStaysEnglish() {
        #expect(Self.german("Forget {0}", "alice") == "Forget alice")
        #expect(Self.german.translation(of: "Forget {0}") == nil)
        #expect(Translations(.german, json: Array("[1]".utf8))("Back to {0}", "x") == "Back to x")
    }

    @Test func whatFillsAPlaceIsNeitherFilledNorTranslated() {
        #expect(Self.german("Back to {0}", "{0} {1}") == "Zurück zu {0} {1}")
        #expect(Self.german("{0} of {1}", "{1}", "Back to {0}") == "von Back to {0}: {1}")
        #expect(Translations.fill("{2} {x} { {0", ["a"]) == "{2} {x} { {0")
    }
}
