// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Texts in one language by what they are in English, as gettext has them. A text without a translation stays English.
public struct Translations: Hashable, Sendable {
    /// The language that texts are given in.
    public let language: Language
    private let texts: [String: String]

    /// English, which needs none.
    public static let english = Translations(language: .english, texts: [:])

    private init(language: Language, texts: [String: String]) {
        self.language = language
        self.texts = texts
    }

    /// The translations of a file that comes with this build: a JSON object of English texts and their translations.
    ///
    /// A file that cannot be read leaves everything English; a test reads each.
    public init(_ language: Language, json bytes: [UInt8]) {
        self.init(
            language: language, texts: (try? JSONDecoder().decode([String: String].self, from: Data(bytes))) ?? [:])
    }

    /// The English texts that have a translation.
    public var sources: Set<String> { Set(texts.keys) }

    /// A text in this language.
    ///
    /// - Parameters:
    ///   - english: the text, in which `{0}` and so on are places.
    ///   - parameters: what the places are filled with; never translated.
    public func callAsFunction(_ english: String, _ parameters: String...) -> String {
        Self.fill(translation(of: english) ?? english, parameters)
    }

    /// The translation of a text with its places, where there is one.
    public func translation(of english: String) -> String? { texts[english] }

    /// A text with its places filled.
    ///
    /// In one pass, so that a parameter that somebody made up, and that has a place in it, is not filled in turn.
    public static func fill(_ text: String, _ parameters: [String]) -> String {
        var filled = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            filled += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}"),
                let place = Int(rest[rest.index(after: open)..<close]), parameters.indices.contains(place)
            else {
                filled.append("{")
                rest = rest.dropFirst()
                continue
            }
            filled += parameters[place]
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}
