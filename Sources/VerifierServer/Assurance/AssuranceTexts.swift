// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceAssurance

/// What an organisation tells people in its own words, by language.
package struct AssuranceTexts: Hashable, Sendable {
    /// The language of the product's texts, which everybody gets who asks for none of the others.
    package static let standard = "en"

    /// Own texts by language, in lower case (`de`, `pt-br`).
    package var byLanguage: [String: RemediationCustomization]

    /// Texts.
    package init(byLanguage: [String: RemediationCustomization] = [:]) { self.byLanguage = byLanguage }

    /// Advice in the language that a person likes best of those that there are; what has no text in it stays as it is.
    ///
    /// - Parameter accepted: the header `Accept-Language` (RFC 9110 §12.5.4), if there is one.
    func translate(_ advice: [Remediation], for accepted: String?) -> [Remediation] {
        guard let language = language(for: accepted), let own = byLanguage[language] else { return advice }
        return advice.map(own.translate)
    }

    /// The language of ours that comes first in a person's order: the very one, or the one that it is a dialect of; `nil` for the standard.
    func language(for accepted: String?) -> String? {
        guard let accepted, accepted.utf8.count <= 1024, byLanguage.keys.contains(where: { $0 != Self.standard }) else {
            return nil
        }
        let wanted = accepted.split(separator: ",").prefix(32).enumerated().compactMap { index, part in
            Self.wish(part).map { (language: $0.language, weight: $0.weight, index: index) }
        }.sorted { ($1.weight, $0.index) < ($0.weight, $1.index) }
        for wish in wanted where wish.weight > 0 {
            var tag = wish.language[...]
            while !tag.isEmpty {
                if tag == Self.standard { return nil }
                if byLanguage[String(tag)] != nil { return String(tag) }
                tag = tag.lastIndex(of: "-").map { tag[..<$0] } ?? ""
            }
        }
        return nil
    }

    private static func wish(_ part: Substring) -> (language: String, weight: Double)? {
        let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
        guard let language = pieces.first, isLanguage(language) else { return nil }
        guard pieces.count > 1 else { return (language, 1) }
        guard pieces[1].hasPrefix("q="), let weight = Double(pieces[1].dropFirst(2)), (0...1).contains(weight) else {
            return nil
        }
        return (language, weight)
    }

    /// Whether a text is a tag such as `de` or `pt-br` (RFC 5646), in lower case.
    static func isLanguage(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...4).contains(parts.count), (2...3).contains(parts[0].utf8.count) else { return false }
        return parts.allSatisfy { part in
            (1...8).contains(part.utf8.count)
                && part.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                }
        }
    }
}
