// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceAssurance
internal import Languages

/// What an organisation tells people in its own words, by language.
package struct AssuranceTexts: Hashable, Sendable {
    /// The language of the product's texts, which everybody gets who asks for none of the others.
    package static let standard = Language.english.rawValue

    /// Own texts by language, in lower case (`de`, `pt-br`).
    package var byLanguage: [String: RemediationCustomization]

    /// Texts.
    package init(byLanguage: [String: RemediationCustomization] = [:]) { self.byLanguage = byLanguage }

    /// Advice in the language that a person likes best of those that there are; what has no text in it stays as it is.
    func translate(_ advice: [Remediation], for preference: LanguagePreference) -> [Remediation] {
        guard let language = language(for: preference), let own = byLanguage[language] else { return advice }
        let spoken = Language(rawValue: String(language.prefix { $0 != "-" })) ?? .english
        return advice.map { own.translate($0, in: spoken) }
    }

    /// The most wanted language of those that there are; `nil` for the standard, whose texts are told as they are judged.
    func language(for preference: LanguagePreference) -> String? {
        let language = preference.first(of: Set(byLanguage.keys).union([Self.standard]))
        return language == Self.standard ? nil : language
    }
}
