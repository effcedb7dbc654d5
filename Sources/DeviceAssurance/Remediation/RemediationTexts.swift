// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Languages

/// The texts of advice by key, and on Linux by family of distributions; read from a data file once.
struct RemediationTexts: Sendable, Decodable {
    /// A text, and what is added to it for a family.
    struct Entry: Sendable, Decodable {
        /// What is wrong and what to do; `{0}` and so on are filled.
        let text: String
        /// How it is done on a family of distributions: a command or a page of the settings.
        let how: [String: String]?
        /// `false` where a person can do nothing about it.
        let actionable: Bool?
    }

    /// Distributions by family.
    let families: [String: [String]]
    /// The texts by the rest of their key.
    let texts: [String: Entry]

    /// The texts that come with this build.
    static let shipped: RemediationTexts =
        (try? JSONDecoder().decode(RemediationTexts.self, from: Data(PackageResources.remediation_texts_json)))
        ?? RemediationTexts(families: [:], texts: [:])

    init(families: [String: [String]], texts: [String: Entry]) {
        self.families = families
        self.texts = texts
    }

    /// The text of a key, for a distribution where it is known.
    func message(
        _ key: String, _ parameters: [String], distribution: String?, in translations: Translations = .english
    ) -> String {
        guard let entry = texts[key] else { return "This device does not meet a requirement (\(key))." }
        let text = Translations.fill(translations.translation(of: entry.text) ?? entry.text, parameters)
        guard let how = entry.how, let distribution, let family = family(of: distribution),
            let addition = how[family]
        else { return text }
        return "\(text) \(Translations.fill(translations.translation(of: addition) ?? addition, parameters))"
    }

    /// Whether a person can do something about it.
    func isActionable(_ key: String) -> Bool { texts[key]?.actionable ?? true }

    /// The family of a distribution by its `ID` of os-release(5).
    func family(of distribution: String) -> String? {
        families.first { $0.value.contains(distribution) }?.key
    }
}
