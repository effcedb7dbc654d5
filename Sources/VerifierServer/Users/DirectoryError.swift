// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a change to users or enrolments was not made; the text is for the administrator.
package enum DirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name cannot be a username.
    case invalidUsername
    /// The display name is empty, too long or has control characters.
    case invalidDisplayName
    /// A user of this name exists.
    case usernameTaken(String)
    /// There is no such user.
    case unknownUser(String)
    /// There is no such enrolment.
    case unknownEnrollment(String)
    /// The enrolment was deleted, which cannot be undone.
    case enrollmentDeleted(String)
    /// The enrolment has no such key that signs in.
    case unknownKey(String, enrollment: String)
    /// The key cannot be removed, since the enrolment would be worth nothing, or less than the organisation wants; why.
    case keyStays(reason: String)
    /// The user is suspended; resume them first.
    case userNotActive(String)

    package var description: String {
        switch self {
        case .invalidUsername:
            "a username is 1 to 100 ASCII letters, digits or any of . _ - + @"
        case .invalidDisplayName:
            "a display name is 1 to 200 characters without control characters"
        case .usernameTaken(let name): "a user '\(name)' exists already"
        case .unknownUser(let name): "there is no user '\(name)'"
        case .unknownEnrollment(let id): "there is no enrolment '\(id)'"
        case .enrollmentDeleted(let id):
            "the enrolment '\(id)' was deleted, which cannot be undone; enrol the device again"
        case .unknownKey(let key, let id): "the enrolment '\(id)' has no key '\(key)' that signs in"
        case .keyStays(let reason): reason
        case .userNotActive(let name): "the user '\(name)' is suspended; resume the user first"
        }
    }
}
