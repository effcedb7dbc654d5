// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import WireProtocol

/// Why a policy was not written or removed.
package enum PolicyRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// No origin was given.
    case noOrigin
    /// More origins than ``PolicyDocument/mostOrigins``.
    case tooManyOrigins
    /// An origin without TLS.
    case insecure(Origin)
    /// A part of the path is a symbolic link.
    case link(path: String)
    /// A part of the path is of another kind than it has to be.
    case wrongKind(path: String)
    /// A folder or file is another user's, or others may write it.
    case notOwned(path: String)
    /// A file that this command did not write, or that was changed since.
    case anothers(path: String)
    /// A file of somebody else sets the same policy, of which the browser takes one alone.
    case setElsewhere(path: String)
    /// A file that counts only as long as the one that would be written is not there.
    case wouldHide(path: String)
    /// It could not be found out whether another file sets the same policy.
    case unreadable(path: String, why: String)
    /// The list of what was written is not one, or a later version's.
    case ledger(path: String)
    /// A file that is longer than any that this command wrote.
    case tooLarge(path: String)
    /// A system call failed.
    case failed(path: String, errno: Int32)

    package var description: String {
        switch self {
        case .noOrigin: "no origin is given"
        case .tooManyOrigins: "more than \(PolicyDocument.mostOrigins) origins are given"
        case .insecure(let origin):
            "\(origin) has no TLS, and browsers grant nothing to such a page: give an https origin"
        case .link(let path): "\(path) is a symbolic link, and none is followed"
        case .wrongKind(let path): "\(path) is not of the kind that it has to be there"
        case .notOwned(let path): "\(path) is another user's, or others may write it"
        case .anothers(let path): "\(path) was not written by this command, or was changed since"
        case .setElsewhere(let path): "\(path) sets the same policy, and the browser takes one file's alone"
        case .wouldHide(let path): "\(path) would count no more beside a file in /etc"
        case .unreadable(let path, let why): "whether \(path) sets the same policy is not known: it \(why)"
        case .ledger(let path): "\(path), the list of what was written, is not understood"
        case .tooLarge(let path): "\(path) is longer than any file that this command writes"
        case .failed(let path, let number): "\(path): \(String(cString: strerror(number)))"
        }
    }

    /// Whether it can be mended by adding the policy to the file of somebody else.
    package var wantsAddition: String? {
        switch self {
        case .anothers(let path), .setElsewhere(let path), .wouldHide(let path): path
        default: nil
        }
    }
}
