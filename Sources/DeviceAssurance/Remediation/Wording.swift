// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import Languages

/// Words of this build in a place of a text, so that they are said in the language of the text.
struct Phrase: Hashable, Sendable, Codable {
    /// The keys of the words; several are alternatives.
    var keys: [String]
    /// What the words' own places are filled with: names, numbers, and what a device says; never translated.
    var parameters: [String]

    /// The words in a language.
    func text(in translations: Translations = .english) -> String {
        let texts = RemediationTexts.shipped
        return keys.map { texts.message($0, parameters, distribution: nil, in: translations) }
            .joined(separator: texts.message("word.or", [], distribution: nil, in: translations))
    }
}

/// What a place of a text is filled with.
enum Wording: Hashable, Sendable {
    /// A name, a number, or what somebody else said.
    case verbatim(String)
    /// Words of this build.
    case phrase(Phrase)

    /// The words of a key.
    static func words(_ key: String, _ parameters: String...) -> Wording {
        .phrase(Phrase(keys: [key], parameters: parameters))
    }

    /// Why the verifier cannot judge a condition.
    static func reason(_ reason: UnknownReason, _ parameters: String...) -> Wording {
        .phrase(Phrase(keys: [reason.rawValue], parameters: parameters))
    }

    /// Classes of disk encryption, of which one is asked for.
    static func encryption(_ types: [DiskEncryptionType]) -> Wording {
        .phrase(Phrase(keys: types.map { "word.disk_encryption.\($0.rawValue.lowercased())" }, parameters: []))
    }

    /// The words in English.
    var english: String {
        switch self {
        case .verbatim(let text): text
        case .phrase(let phrase): phrase.text()
        }
    }

    /// The words, where they are this build's.
    var phrase: Phrase? { if case .phrase(let phrase) = self { phrase } else { nil } }
}

/// Why the verifier itself cannot judge a condition, by the keys of its words. What a device does not know it says in its own.
enum UnknownReason: String, Hashable, Sendable, CaseIterable {
    case checkOfOtherPlatform = "reason.check_of_other_platform"
    case noBuild = "reason.no_build"
    case noReleaseAtDistance = "reason.no_release_at_distance"
    case noReleaseFeed = "reason.no_release_feed"
    case noSuchCheck = "reason.no_such_check"
    case notApplicable = "reason.not_applicable"
    case notReported = "reason.not_reported"
    case notUnderstood = "reason.not_understood"
    case releaseAfterFeed = "reason.release_after_feed"
    case releaseFeedExpired = "reason.release_feed_expired"
    case releaseNotInFeed = "reason.release_not_in_feed"
    case stateNotUnderstood = "reason.state_not_understood"
    case systemNotInFeed = "reason.system_not_in_feed"
}
