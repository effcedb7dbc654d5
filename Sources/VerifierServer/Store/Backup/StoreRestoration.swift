// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import GRDB

/// Puts a copy of the store in the store's place.
package struct StoreRestoration: Sendable {
    /// Where the store that was there is now; `nil` where there was none.
    package let kept: String?
    /// The version of the copy's form; the next start brings it up to this program's.
    package let schema: String

    /// Puts a copy in the place of a store that nobody has open.
    ///
    /// The copy is checked first: whole, of a version that this one reads, with keys that the key file opens. At every moment the
    /// store is the old one or the new one.
    /// - Throws: ``StoreBackupError``; then the store is as it was.
    package init(of storePath: String, from path: String, keyFile: String, at now: Int64) throws(StoreBackupError) {
        let lock = try StoreLock(storePath: storePath, .exclusive)
        defer { withExtendedLifetime(lock) {} }
        let partial = storePath + ".restoring"
        do {
            schema = try StoreCopy.make(from: path, to: partial).schema
            try DurableFile.giveToOwnerOfFolder(partial)
            try Self.checkKeys(in: partial, named: path, keyFile: keyFile)
            kept = DurableFile.exists(storePath) ? try Self.keep(storePath, at: now) : nil
            try DurableFile.move(partial, to: storePath)
        } catch {
            DurableFile.remove(partial)
            throw error
        }
        DurableFile.remove(partial)
    }

    /// Keys that cannot be opened would stop the verifier's start, after the old store was put away.
    private static func checkKeys(in copy: String, named path: String, keyFile: String) throws(StoreBackupError) {
        do {
            let database = try DatabaseQueue(path: copy, configuration: StoreCopy.configuration(isReadOnly: true))
            let keys = try database.read { database in
                try RecordAccess(database: database, decoded: DecodedRecords()).all(SigningKeyRecord.self)
            }
            try database.close()
            guard !keys.isEmpty else { return }
            guard let sealing = try? SealingKey(path: keyFile, mayCreate: false) else {
                throw StoreBackupError.otherKey(path: path, keyFile: keyFile)
            }
            for key in keys {
                guard (try? key.signer(openedBy: sealing)) != nil else {
                    throw StoreBackupError.otherKey(path: path, keyFile: keyFile)
                }
            }
        } catch {
            throw StoreCopy.failure(error, path: path)
        }
    }

    /// Gives the old store a second name; the first is then taken by the new one.
    private static func keep(_ storePath: String, at now: Int64) throws(StoreBackupError) -> String {
        try settle(storePath)
        var stamp = Date(timeIntervalSince1970: TimeInterval(now)).formatted(.iso8601)
        stamp.removeAll { "-:".contains($0) }
        var kept = "\(storePath).before-\(stamp)"
        while DurableFile.exists(kept) { kept += "-" }
        try DurableFile.link(storePath, as: kept)
        // Of a store that SQLite cannot settle, the log stays with it: beside the new one it would be taken for that one's.
        for suffix in ["-wal", "-journal"] where DurableFile.exists(storePath + suffix) {
            try DurableFile.move(storePath + suffix, to: kept + suffix)
        }
        DurableFile.remove(storePath + "-shm")
        return kept
    }

    /// Brings what is in the log beside a store into it. SQLite does so only where nobody has it open, a version without
    /// ``StoreLock`` neither.
    private static func settle(_ storePath: String) throws(StoreBackupError) {
        do {
            var configuration = StoreCopy.configuration(isReadOnly: false)
            configuration.busyMode = .timeout(2)
            let database = try DatabaseQueue(path: storePath, configuration: configuration)
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            try database.close()
        } catch let error as DatabaseError {
            // What is damaged is restored for just that reason, and kept as it is.
            if error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED { throw .inUse(path: storePath) }
        } catch {
            throw StoreCopy.failure(error, path: storePath)
        }
    }
}
