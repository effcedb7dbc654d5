// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import GRDB

extension StoreError {
    /// What an error of SQLite means for the store.
    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed("the store \(path) failed: \(error)")
            return
        }
        // The extended message may quote values of a statement's arguments; the code and SQLite's own words do not.
        // Without room for the memory that processes share, SQLite tells of its failing file.
        if error.extendedResultCode == .SQLITE_IOERR_SHMSIZE {
            self = .diskFull
            return
        }
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self = .failed("the store \(path) is in use by another program for too long")
        default:
            self = .failed("the store \(path) failed: \(error.message ?? "SQLite code \(error.resultCode.rawValue)")")
        }
    }
}
