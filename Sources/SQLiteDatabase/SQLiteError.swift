// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsqlite3

/// Why a database could not be opened, read or changed.
package struct SQLiteError: Error, Hashable, Sendable {
    /// The kinds of failure. More may come: a `switch` over them needs a default.
    package struct Code: Hashable, Sendable {
        private enum Kind { case busy, diskFull, corrupt, newer, notPermitted, constraint, unexpectedType, failed }
        private let kind: Kind

        /// Another process holds the database for too long.
        package static let busy = Code(kind: .busy)
        /// There is no room on the disk.
        package static let diskFull = Code(kind: .diskFull)
        /// The file is damaged or is no database.
        package static let corrupt = Code(kind: .corrupt)
        /// A newer version of the program made it.
        package static let newer = Code(kind: .newer)
        /// The file may not be read or written, or is not this user's.
        package static let notPermitted = Code(kind: .notPermitted)
        /// A row breaks a rule of its table, such as a name that is there already.
        package static let constraint = Code(kind: .constraint)
        /// A column holds a value of another type than was asked for.
        package static let unexpectedType = Code(kind: .unexpectedType)
        /// Anything else.
        package static let failed = Code(kind: .failed)
    }

    /// What kind of failure it is.
    package var code: Code
    /// What happened and what to do, for a person; one line, without values of the database.
    package var message: String

    /// A failure with its explanation.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// `SQLITE_IOERR_SHMSIZE`, a macro that is not imported.
    private static let cannotEnlargeSharedMemory = SQLITE_IOERR | (19 << 8)

    /// What an SQLite result code means for a file.
    init(result: Int32, path: String, detail: String) {
        // Without room for the memory that processes share, SQLite tells of its failing file.
        let isFull = result & 0xFF == SQLITE_FULL || result == Self.cannotEnlargeSharedMemory
        switch isFull ? SQLITE_FULL : result & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(.busy, "\(path) is held by another process; try again")
        case SQLITE_FULL:
            self.init(.diskFull, "there is no room on the disk for \(path); make some and try again")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            self.init(.corrupt, "\(path) is damaged; move it away to start afresh, or bring it back from a backup")
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH:
            self.init(.notPermitted, "\(path) cannot be opened for writing; check its owner and rights")
        case SQLITE_CONSTRAINT:
            self.init(.constraint, "a row breaks a rule of \(path): \(detail)")
        default:
            self.init(.failed, "SQLite failed on \(path): \(detail)")
        }
    }
}

extension SQLiteError: CustomStringConvertible {
    package var description: String { message }
}
