// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a copy of the store was not made or not taken; the text is for the administrator.
package enum StoreBackupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is a file of this name already.
    case exists(path: String)
    /// The file is no store of a verifier.
    case notAStore(path: String)
    /// The file is of a newer version.
    case newerVersion(path: String)
    /// The file is damaged; SQLite's own words.
    case damaged(path: String, words: String)
    /// A verifier, or one of its commands, has the store open.
    case inUse(path: String)
    /// The store is being replaced.
    case beingRestored(path: String)
    /// Another backup goes to the same folder.
    case anotherBackup(folder: String)
    /// The key file does not open the keys in the copy.
    case otherKey(path: String, keyFile: String)
    /// Anything else, in the system's words.
    case failed(path: String, words: String)

    package var description: String {
        switch self {
        case .exists(let path): "\(path) exists already"
        case .notAStore(let path): "\(path) is not the store of a verifier"
        case .newerVersion(let path): "\(path) was written by a newer version of this program"
        case .damaged(let path, let words): "\(path) is damaged: \(words)"
        case .inUse(let path): "the store \(path) is in use: a verifier runs, or one of its commands"
        case .beingRestored(let path): "the store \(path) is being restored"
        case .anotherBackup(let folder): "another backup is being written to \(folder)"
        case .otherKey(let path, let keyFile): "the key file \(keyFile) does not open the keys in \(path)"
        case .failed(let path, let words): "\(path): \(words)"
        }
    }

    /// What to do about it.
    package var hint: String? {
        switch self {
        case .exists: "choose another name, or say --replace"
        case .notAStore: "name a file that 'verifier backup' wrote"
        case .newerVersion: "install that version"
        case .damaged: "take an older copy"
        case .inUse: "stop the verifier first, such as with: systemctl stop countersign-verifier"
        case .beingRestored, .anotherBackup: "try again when that is done"
        case .otherKey: "restore the key file that belongs to the copy first; it is kept apart from it"
        case .failed: nil
        }
    }
}
