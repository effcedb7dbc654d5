// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A language that people are spoken to in, named by its primary subtag (RFC 5646 §2.2.1).
///
/// English is what the sources are written in. Another language is a case here, and a file of translations beside each set of texts.
public enum Language: String, Hashable, Sendable, CaseIterable, Codable {
    /// English.
    case english = "en"
    /// German.
    case german = "de"

    /// The language of a tag such as `de-AT` or of a locale such as `de_AT.UTF-8@euro`; `nil` where it is none of these.
    ///
    /// - Parameter tag: a language tag (RFC 5646) or a locale's name (POSIX.1-2024, Base Definitions §8.2).
    public init?(tag: some StringProtocol) {
        let primary = tag.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
        self.init(rawValue: primary.lowercased())
    }
}
