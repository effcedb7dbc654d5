// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Why something could not be read.
///
/// Absent is told apart from the rest: a file that is not there is often an answer, one that may not be read never is.
public enum ReadFailure: Error, Hashable, Sendable {
    /// There is no such file or folder.
    case absent
    /// This user may not read it.
    case denied
    /// It is longer, or has more entries, than the limit that it was read with.
    case tooLarge(limit: Int)
    /// It is not of the kind that was expected: a folder instead of a file, a pipe, a device.
    case wrongKind
    /// It holds something that is not understood.
    case malformed
    /// The system call failed with this error number.
    case failed(errno: Int32)

    /// The failure that an error number stands for.
    init(errno number: Int32) {
        self =
            switch number {
            case ENOENT, ENOTDIR, ENXIO: .absent
            case EACCES, EPERM: .denied
            default: .failed(errno: number)
            }
    }

    /// The failure as the end of a sentence that begins with the path.
    public var predicate: String {
        switch self {
        case .absent: "is not there"
        case .denied: "may not be read by this user"
        case .tooLarge(let limit): "is larger than the limit of \(limit)"
        case .wrongKind: "is not a plain file or folder"
        case .malformed: "is not understood"
        case .failed(let number): "could not be read (error \(number))"
        }
    }
}
