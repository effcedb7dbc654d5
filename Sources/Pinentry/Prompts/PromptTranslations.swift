// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Languages

extension Translations {
    private static let german = Translations(.german, json: PackageResources.prompts_de_json)

    /// The texts of prompts in a language: this module's own, and those of whoever asks through it.
    package static func prompts(_ language: Language) -> Translations {
        switch language {
        case .english: .english
        case .german: german
        }
    }
}
