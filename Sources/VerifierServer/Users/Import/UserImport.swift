// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CommaSeparatedValues

/// Users and their groups from a table, in one transaction: all of it, or nothing.
package struct UserImport: Sendable {
    /// What becomes of users who are not in the table.
    package enum Missing: Hashable, Sendable {
        /// Nothing.
        case stay
        /// They would be deactivated: nothing is changed where there are some, so that somebody can look at them first.
        case asked
        /// They are deactivated.
        case deactivated
    }

    /// What becomes of users who are not in the table.
    package var missing = Missing.stay
    /// Whether groups that are not there are made.
    package var makesGroups = false
    /// Whether nothing is changed in the end.
    package var isDryRun = false

    private let store: any VerifierStore
    private let clock: VerifierClock
    private let audit: AuditLog

    /// An import into the verifier's store.
    package init(_ services: VerifierServices) {
        store = services.store
        clock = services.clock
        audit = services.audit
    }

    /// That all was undone again.
    private struct Undone: Error {
        let report: UserImportReport
    }

    /// Follows a table.
    ///
    /// - Returns: what became of each row; nothing was changed where ``UserImportReport/isApplied`` is `false`.
    /// - Throws: CSVError where the table is not understood, and ``StoreError``.
    package func run(_ bytes: [UInt8]) async throws -> UserImportReport {
        let rows = try UserRow.all(in: bytes)
        let now = clock.now()
        let (missing, makesGroups, isDryRun) = (missing, makesGroups, isDryRun)
        do {
            return try await store.write(telling: audit, { $0.1 }) { writer -> (UserImportReport, [AuditEvent]) in
                var pass = try UserImportPass(writer, makesGroups: makesGroups, at: now)
                for row in rows { try pass.take(row) }
                if missing != .stay { try pass.deactivateMissing() }
                let isHeld = missing == .asked && !pass.report.missing.isEmpty
                guard !isDryRun, !isHeld, pass.report.count(.refused) == 0 else { throw Undone(report: pass.report) }
                pass.report.isApplied = true
                return (pass.report, pass.events)
            }.0
        } catch let undone as Undone { return undone.report }
    }
}
