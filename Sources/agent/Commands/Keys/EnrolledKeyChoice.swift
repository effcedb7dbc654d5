// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent
internal import DeviceKeys
internal import Pinentry

/// Finds the enrolled key that a person means.
enum EnrolledKeyChoice {
    /// The key of an id, of a name, or of the only id that begins so.
    static func one(named text: String, among all: [Enrollment]) throws(CommandFailure) -> (StoredKey, Enrollment) {
        let keys = all.flatMap { enrollment in enrollment.keys.map { ($0, enrollment) } }
        let byID = keys.filter { $0.0.id == text }
        let byName = keys.filter { key, enrollment in enrollment.keyNames[key.id] == text }
        let byBeginning = text.isEmpty ? [] : keys.filter { $0.0.id.hasPrefix(text) }
        let matches = [byID, byName, byBeginning].first { !$0.isEmpty } ?? []
        guard let only = matches.first else {
            throw CommandFailure(
                "no enrolment has a key '\(DisplayText(text, limit: 100))'", hint: "see 'agent keys list'")
        }
        guard matches.count == 1 else {
            throw CommandFailure(
                "'\(DisplayText(text, limit: 100))' may be any of \(matches.count) keys: "
                    + matches.map(\.0.id).joined(separator: ", "), hint: "name the one that is meant by its id")
        }
        return only
    }

    /// A name that no other key has.
    ///
    /// - Parameter key: the key that is to have it, where it is there already.
    static func newName(
        _ text: String?, for key: StoredKey? = nil, among all: [Enrollment]
    ) throws(CommandFailure) -> KeyName? {
        guard let text else { return nil }
        guard let name = KeyName(text) else { throw CommandFailure("that is no name for a key", hint: KeyName.rule) }
        let holder = all.lazy.flatMap(\.keyNames).first { $0.value == name.text && $0.key != key?.id }
        if let holder {
            throw CommandFailure(
                "the key \(holder.key) has this name already", hint: "choose another, or rename that one first")
        }
        return name
    }
}

extension KeyName {
    /// What a name has to be, for a person.
    static let rule = "a name has 1 to 60 characters that can be seen, and no space at its ends"
}
