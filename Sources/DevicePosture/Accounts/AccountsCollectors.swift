// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension [any SignalCollector] {
    /// The collectors of accounts and what they may do.
    static var accounts: [any SignalCollector] {
        [RightsCollector(), UnencryptedSSHKeysCollector(), DuplicateRootAccountsCollector()]
    }
}
