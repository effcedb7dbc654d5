// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What became of the question for one provider's signal: each that is asked for has a report.
///
/// The members are those of the element that a response carries for it.
public struct SignalProviderReport: Hashable, Sendable {
    /// How the signal was read.
    public struct Configuration: Hashable, Sendable {
        /// `FILE`.
        public let type: String
        /// The form of the bytes, such as `JSON`.
        public let format: String
    }

    /// The bytes, or why there are none.
    public enum Outcome: Hashable, Sendable {
        /// The file's bytes as they are, and when they were read, in seconds since 1970-01-01 UTC.
        case signal([UInt8], timeCollected: Int64)
        /// Why there are none, for a person.
        case error(SignalProviderFailure)
    }

    /// The name that was asked for.
    public let name: String
    /// How it was read; `nil` where no manifest could be read.
    public let configuration: Configuration?
    /// What came of it.
    public let outcome: Outcome
}

/// Why a provider's signal was not taken.
public enum SignalProviderFailure: Error, Hashable, Sendable {
    /// No manifest has this name.
    case noConfiguration
    /// The manifest or the file could not be read.
    case unreadable(path: String, ReadFailure)
    /// Something on the way is a symbolic link.
    case link(path: String)
    /// It is a pipe, a device or a folder.
    case notAFile(path: String)
    /// The file, or a folder on the way, belongs to somebody other than the superuser.
    case wrongOwner(path: String)
    /// Others than its owner may write to the file, or to a folder on the way.
    case writable(path: String)
    /// It is longer than is read.
    case tooLarge(path: String, limit: Int)
    /// It is empty.
    case empty(path: String)
    /// It is not of the form that the manifest promises.
    case malformed(path: String)

    /// The failure as a sentence without its full stop.
    public var description: String {
        switch self {
        case .noConfiguration: "configuration not found"
        case .unreadable(let path, let failure): "\(path) \(failure.predicate)"
        case .link(let path): "\(path) is a symbolic link"
        case .notAFile(let path): "\(path) is not a plain file"
        case .wrongOwner(let path): "\(path) does not belong to root"
        case .writable(let path): "\(path) can be written by others than root"
        case .tooLarge(let path, let limit): "\(path) is longer than \(limit) bytes"
        case .empty(let path): "\(path) is empty"
        case .malformed(let path): "\(path) is not of the form that is promised"
        }
    }
}
