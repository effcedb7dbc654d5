// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The languages that a person wants, by what their app, their browser or their session says.
public struct LanguagePreference: Hashable, Sendable {
    private static let maximumBytes = 1024
    private static let maximumTags = 32

    /// Language tags (RFC 5646) in lower case, the most wanted first; at most 64.
    public let tags: [String]

    private init(tags: [String]) { self.tags = tags }

    /// The preference of somebody in front of a browser: what their app asks for, then what the browser does.
    ///
    /// Of equal weights the first counts. What cannot be understood is left out, and nothing is read of a text of more than 1 KiB.
    /// - Parameters:
    ///   - uiLocales: language tags with blanks between them (OIDC Core §3.1.2.1).
    ///   - acceptLanguage: the value of the header `Accept-Language` (RFC 9110 §12.5.4).
    public init(uiLocales: String? = nil, acceptLanguage: String? = nil) {
        let asked = Self.bounded(uiLocales).split(separator: " ").prefix(Self.maximumTags).compactMap(Self.tag)
        let accepted = Self.bounded(acceptLanguage).split(separator: ",").prefix(Self.maximumTags).enumerated()
            .compactMap { index, range in Self.wish(range).map { (tag: $0.tag, weight: $0.weight, index: index) } }
            .sorted { ($1.weight, $0.index) < ($0.weight, $1.index) }
        tags = asked + accepted.map(\.tag)
    }

    /// The preference of a session, by the variables that gettext reads, in its order: `LANGUAGE`, a list, where the locale is not the
    /// plain one; then `LC_ALL`, `LC_MESSAGES` and `LANG`, of which the first that is not empty counts alone.
    public static func session(_ environment: [String: String]) -> LanguagePreference {
        let locale = bounded(
            ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty })
        guard !locale.isEmpty, locale != "C", locale != "POSIX", !locale.hasPrefix("C.") else {
            return LanguagePreference(tags: [])
        }
        let list = bounded(environment["LANGUAGE"]).split(separator: ":").prefix(maximumTags)
        return LanguagePreference(
            tags: (list + [locale[...]]).compactMap { name in
                tag(name.prefix { $0 != "." && $0 != "@" }.map { $0 == "_" ? "-" : $0 })
            })
    }

    /// The most wanted of our languages; English where none is.
    public var language: Language {
        first(of: Language.allCases.map(\.rawValue)).flatMap(Language.init) ?? .english
    }

    /// The most wanted of some languages, or the one that a wanted one is a dialect of (RFC 4647 §3.4); `nil` where none is.
    ///
    /// - Parameter available: language tags in lower case.
    public func first(of available: some Collection<String>) -> String? {
        for wanted in tags {
            var tag = wanted[...]
            while !tag.isEmpty {
                if available.contains(String(tag)) { return String(tag) }
                tag = tag.lastIndex(of: "-").map { tag[..<$0] } ?? ""
            }
        }
        return nil
    }

    private static func bounded(_ text: String?) -> String {
        guard let text, text.utf8.count <= maximumBytes else { return "" }
        return text
    }

    /// A language range with its weight in thousandths; `nil` where it is none, or unwanted.
    private static func wish(_ range: Substring) -> (tag: String, weight: Int)? {
        let parts = range.split(separator: ";").map { part in part.filter { $0 != " " && $0 != "\t" } }
        guard let name = parts.first, parts.count <= 2 else { return nil }
        // What a browser takes besides is whatever there is: English.
        guard let tag = name == "*" ? Language.english.rawValue : tag(name) else { return nil }
        guard parts.count == 2 else { return (tag, 1000) }
        let weight = parts[1].lowercased()
        guard weight.hasPrefix("q="), weight.utf8.count <= 7,
            weight.dropFirst(2).allSatisfy({ $0 == "." || ("0"..."9").contains($0) }),
            let number = Double(weight.dropFirst(2)), number > 0, number <= 1
        else { return nil }
        return (tag, Int((number * 1000).rounded()))
    }

    /// A language tag in lower case; `nil` where it is none.
    public static func tag(_ text: some StringProtocol) -> String? {
        let parts = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
        guard (1...4).contains(parts.count), (2...3).contains(parts[0].utf8.count) else { return nil }
        let isTag = parts.allSatisfy { part in
            (1...8).contains(part.utf8.count)
                && part.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                }
        }
        return isTag ? parts.joined(separator: "-") : nil
    }

    private static func tag(_ characters: [Character]) -> String? { tag(String(characters)) }
}
