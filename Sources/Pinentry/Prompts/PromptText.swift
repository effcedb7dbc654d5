// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Languages

/// What a person is told and asked in a prompt. Texts from elsewhere have been through ``DisplayText``.
package struct PromptText: Hashable, Sendable {
    /// The window's title.
    package var title: String
    /// What is asked, in lines.
    package var description: [String]
    /// What was wrong before, if something was.
    package var error: String?
    /// The word beside an entry.
    package var prompt: String
    /// The word beside the second entry of a new PIN; `nil` where an existing one is asked for.
    package var repetition: String?
    /// The language of what the prompt says besides, on its buttons and of wrong entries.
    package var translations: Translations

    /// A prompt's texts.
    package init(
        title: String, description: [String], error: String? = nil, prompt: String = "PIN:", repetition: String? = nil,
        translations: Translations = .english
    ) {
        self.title = title
        self.description = description
        self.error = error
        self.prompt = prompt
        self.repetition = repetition
        self.translations = translations
    }
}
