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

    private func translation(_ translations: Translations) -> String? {
        if let whole = translations.translation(of: message) { return whole }
        let texts = RemediationTexts.shipped
        guard key != Self.graceKey else {
            return texts.message("grace_period.due_by_date", parameters, distribution: nil, in: translations)
        }
        guard key.hasPrefix(Self.keyPrefix + ".") else { return nil }
        let key = String(key.dropFirst(Self.keyPrefix.count + 1))
        if key.hasSuffix(Self.unknownSuffix) { return notKnown(key, translations) }
        // Another text under this key is of another version, or somebody's own.
        guard texts.texts[key] != nil, texts.message(key, parameters, distribution: distribution) == message else {
            return nil
        }
        return texts.message(key, parameters, distribution: distribution, in: translations)
    }

    private func notKnown(_ key: String, _ translations: Translations) -> String? {
        let condition = key.dropLast(Self.unknownSuffix.count).split(separator: ".", maxSplits: 1).last ?? ""
        guard let subject = RemediationTexts.shipped.texts["unknown.\(condition)"]?.text,
            let reason = parameters.first, Translations.fill(Self.unknownText, [subject, reason]) == message
        else { return nil }
        return translations(Self.unknownText, translations(subject), reason)
    }
}
