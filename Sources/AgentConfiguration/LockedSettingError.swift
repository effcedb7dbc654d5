// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a person asked for that the administrator of this device does not leave to them.
package struct LockedSettingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What keeps it.
    package var lock: ConfigurationLock
    /// What is not taken, as the beginning of a sentence.
    package var refused: String
    /// What the administrator wants in its place.
    package var wanted: String

    package var description: String {
        "\(refused) is not taken: the administrator of this device wants \(wanted) (locked: \(lock.rawValue))"
    }
}
