// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Languages

extension Remediation {
    private static let german = Translations(.german, json: PackageResources.remediation_texts_de_json)

    /// The translations of the texts that come with this build.
    static func translations(_ language: Language) -> Translations {
        switch language {
        case .english: .english
        case .german: german
        }
    }

    /// The advice with its text in a language.
    ///
    /// Texts are translated that come with this build. An administrator's own stay as they were written, and so do the reasons that
    /// a device gives for what it does not know.
    public func worded(in language: Language) -> Remediation {
        guard language != .english else { return self }
        var worded = self
        worded.message = translation(Self.translations(language)) ?? message
        return worded
    }

    /// What the text's places are filled with, in a language.
    func parameters(in language: Language) -> [String] { parameters(in: Self.translations(language)) }

    private func parameters(in translations: Translations) -> [String] {
        parameters.enumerated().map { place, english in
            // Words that say something else by now are another version's.
            guard let phrase = phrases[place], phrase.text() == english else { return english }
            return phrase.text(in: translations)
        }
    }

    private func translation(_ translations: Translations) -> String? {
        if let whole = translations.translation(of: message) { return whole }
        let texts = RemediationTexts.shipped
        // Another text under this key is of another version, or somebody's own.
        let known = textKeys.first { key in
            texts.texts[key] != nil && texts.message(key, parameters, distribution: distribution) == message
        }
        return known.map { key in
            texts.message(key, parameters(in: translations), distribution: distribution, in: translations)
        }
    }

    /// The keys that the text may have among those that come with this build.
    private var textKeys: [String] {
        guard key != Self.graceKey else { return ["grace_period.due_by_date"] }
        let rest = key.hasPrefix(Self.keyPrefix + ".") ? String(key.dropFirst(Self.keyPrefix.count + 1)) : ""
        // A check's document names a key of its own for the text that all checks have.
        return [rest, rest.hasSuffix(Self.unknownSuffix) ? "unknown" : "osquery.check"]
    }
}
