// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `duplicateRootAccounts`: how many accounts beside root have its number, and so all its rights.
struct DuplicateRootAccountsCollector: SingleSignalCollector {
    static let name = SignalName.duplicateRootAccounts
    private static let path = "/etc/passwd"

    func find(in system: SystemView) -> Finding {
        do {
            let accounts = AccountTable.accounts(parsing: try system.read(Self.path, limit: AccountTable.limit))
            // A table without root is not the machine's.
            guard accounts.contains(where: { $0.name == "root" && $0.userID == 0 }) else {
                return .unknown("\(Self.path) has no account of root", source: Self.path)
            }
            let count = accounts.count { $0.userID == 0 && $0.name != "root" }
            return Finding(.known(.integer(count)), source: Self.path)
        } catch {
            return .unknown(error, at: Self.path)
        }
    }
}
