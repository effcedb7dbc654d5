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
}
