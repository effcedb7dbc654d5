// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Hummingbird
package import Languages

/// What a page without a script says: a text in English, and what its places are filled with.
package struct PageText: Hashable, Sendable {
    /// The text, in which `{0}` and so on are places.
    package let english: String
    private let parameters: [String]

    /// A text. Written out where it is made, so that a test finds each and demands its translations.
    package init(_ english: String, _ parameters: String...) {
        self.english = english
        self.parameters = parameters
    }

    /// The text in a language; English where it has no translation.
    package func text(in language: Language) -> String {
        Translations.fill(Self.translations(to: language).translation(of: english) ?? english, parameters)
    }

    /// The language that a browser wants.
    package static func language(of request: Request) -> Language {
        LanguagePreference(acceptLanguage: request.headers[.acceptLanguage]).language
    }

    private static func translations(to language: Language) -> Translations {
        switch language {
        case .english: .english
        case .german: german
        }
    }

    private static let german = Translations(.german, module: PackageResources.texts_de_js)
}

extension Translations {
    /// The translations of a script that pages read: a module whose one object is JSON but for a comma at its end.
    init(_ language: Language, module bytes: [UInt8]) {
        let object = bytes.firstIndex(of: UInt8(ascii: "{")).flatMap { first in
            bytes.lastIndex(of: UInt8(ascii: "}")).map { last in first < last ? bytes[first..<last] : [] }
        }
        let members = (object ?? []).reversed().drop { $0 == UInt8(ascii: ",") || $0 <= UInt8(ascii: " ") }.reversed()
        self.init(language, json: Array(members) + [UInt8(ascii: "}")])
    }
}
