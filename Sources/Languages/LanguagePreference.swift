// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which of our languages a person wants, by what their browser, their app or their session says.
public enum LanguagePreference {
    private static let maximumBytes = 1024
    private static let maximumRanges = 32

    /// The first language of a list that is one of ours: `ui_locales` (OIDC Core §3.1.2.1).
    ///
    /// - Parameter locales: language tags with blanks between them.
    public static func first(of locales: String) -> Language? {
        guard locales.utf8.count <= maximumBytes else { return nil }
        return locales.split(separator: " ").prefix(maximumRanges).lazy.compactMap { Language(tag: $0) }.first
    }

    /// The language that a browser prefers among ours (RFC 9110 §12.5.4).
    ///
    /// Of equal weights the first counts. What cannot be understood is left out, and nothing is read of a header of more than 1 KiB.
    /// - Parameter header: the value of `Accept-Language`.
    public static func accepted(_ header: String) -> Language? {
        guard header.utf8.count <= maximumBytes else { return nil }
        var best: (language: Language, weight: Int)?
        for range in header.split(separator: ",").prefix(maximumRanges) {
            let parts = range.split(separator: ";", maxSplits: 1).map(trimmed)
            guard let tag = parts.first, let weight = weight(parts.dropFirst().first), weight > best?.weight ?? 0,
                let language = tag == "*" ? .english : Language(tag: tag)
            else { continue }
            best = (language, weight)
        }
        return best?.language
    }

    /// The language of a session's messages, by the variables that gettext reads, in its order: `LANGUAGE`, a list, where the locale
    /// is not the plain one; then `LC_ALL`, `LC_MESSAGES` and `LANG`, of which the first that is not empty counts alone.
    public static func session(_ environment: [String: String]) -> Language {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "C"
        let isPlain = locale == "C" || locale == "POSIX" || locale.hasPrefix("C.")
        guard !isPlain, locale.utf8.count <= maximumBytes else { return .english }
        let list = environment["LANGUAGE"].flatMap { $0.utf8.count <= maximumBytes ? $0 : nil } ?? ""
        let wanted = list.split(separator: ":").prefix(maximumRanges).lazy.compactMap { Language(tag: $0) }.first
        return wanted ?? Language(tag: locale) ?? .english
    }

    /// A weight in thousandths; 1000 where none is given, `nil` where it is none.
    private static func weight(_ text: Substring?) -> Int? {
        guard let text else { return 1000 }
        guard let value = text.split(separator: "=", maxSplits: 1).last, text.hasPrefix("q=") || text.hasPrefix("Q="),
            value.utf8.count <= 5, let number = Double(value), (0...1).contains(number)
        else { return nil }
        return Int((number * 1000).rounded())
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
