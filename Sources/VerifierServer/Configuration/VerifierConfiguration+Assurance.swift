// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceAssurance
internal import Languages
internal import TOMLConfiguration
internal import WireProtocol

extension VerifierConfiguration {
    /// The release feed of the administrator's own.
    package struct ReleaseFeedFile: Hashable, Sendable {
        /// The signed feed.
        package var path: String
        /// The JWK set of the keys that may sign it.
        package var keys: String
    }

    /// Reads `release_feed` and `release_feed_keys`, of which neither is of use without the other.
    static func releaseFeed(
        _ section: ConfigurationTable, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> ReleaseFeedFile? {
        let path = try section.string("release_feed").map(files.resolve)
        let keys = try section.string("release_feed_keys").map(files.resolve)
        switch (path, keys) {
        case (nil, nil): return nil
        case (let path?, let keys?): return ReleaseFeedFile(path: path, keys: keys)
        case (nil, _): throw ConfigurationError(section.name("release_feed"), "is missing beside release_feed_keys")
        case (_, nil):
            throw ConfigurationError(
                section.name("release_feed_keys"), "is missing: a feed that nobody signed is not believed")
        }
    }

    /// Reads `[assurance.texts]`: a file for each language.
    static func texts(
        _ section: ConfigurationTable, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> [String: String] {
        let texts = try section.section("texts")
        var paths: [String: String] = [:]
        for language in texts.keys {
            guard let tag = LanguagePreference.tag(language), paths[tag] == nil, paths.count < 64 else {
                throw ConfigurationError(
                    texts.name(language), "is not a language such as de or pt-br, or there are more than 64")
            }
            paths[tag] = files.resolve(try texts.required(language))
        }
        try texts.finish()
        return paths
    }
}

extension ConfigurationFile {
    /// The feed of a file, signed by one of the keys of another.
    static func releases(_ file: VerifierConfiguration.ReleaseFeedFile) throws(ConfigurationError) -> CurrentReleases {
        let key = "assurance.release_feed_keys"
        let set: JWKSet
        do { set = try JSON.decode(JWKSet.self, from: Array(try text(at: file.keys, key: key).utf8)) } catch let error
            as ConfigurationError
        {
            throw error
        } catch { throw ConfigurationError(key, "is not a set of public keys") }
        guard (1...16).contains(set.keys.count) else { throw ConfigurationError(key, "must have 1 to 16 keys") }
        return CurrentReleases(path: file.path, keys: ReleaseFeedKeys(keys: set.keys))
    }

    /// Own texts of files, by language.
    ///
    /// A text of another language is found by the key that a person's advice has in the standard one, so that a key of a condition
    /// (`PLATFORM.condition`) has to stand there as well.
    static func texts(in paths: [String: String]) throws(ConfigurationError) -> AssuranceTexts {
        var texts = AssuranceTexts()
        for (language, path) in paths {
            let key = "assurance.texts.\(language)"
            let bytes = try bytes(at: path, key: key, upTo: RemediationCustomization.maximumBytes)
            do { texts.byLanguage[language] = try RemediationCustomization.decode(bytes, name: path) } catch {
                throw ConfigurationError(key, "is not understood: \(error)")
            }
        }
        let standard = texts.byLanguage[AssuranceTexts.standard]?.texts ?? [:]
        for (language, own) in texts.byLanguage.sorted(by: { $0.key < $1.key })
        where language != AssuranceTexts.standard {
            let key = "assurance.texts.\(language)"
            guard own.helpURL == nil else {
                throw ConfigurationError(key, "has a helpURL, which \(AssuranceTexts.standard) alone has")
            }
            for name in own.texts.keys.sorted()
            where RemediationCustomization.isKeyOfCondition(name) && standard[name] == nil {
                throw ConfigurationError(
                    key, "has \(name), which assurance.texts.\(AssuranceTexts.standard) does not have",
                    hint: "put that text there as well, or name the key of the text that is replaced")
            }
        }
        return texts
    }
}
