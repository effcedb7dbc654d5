// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import Languages

extension Request {
    /// The language of ours that the browser prefers; `nil` where it names none of them (RFC 9110 §12.5.4).
    var acceptedLanguage: Language? { headers[.acceptLanguage].flatMap(LanguagePreference.accepted) }
}
