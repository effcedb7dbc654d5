// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Accounts and what they may do.
extension SignalName {
    /// The groups with special rights that the person is in.
    public static let privilegedGroups = SignalName(rawValue: "privilegedGroups")
    /// Whether the person may become root.
    public static let administrator = SignalName(rawValue: "administrator")
    /// Whether the person may run commands as root without a password.
    public static let sudoWithoutPassword = SignalName(rawValue: "sudoWithoutPassword")
    /// How many private keys of SSH lie in the person's folder without a passphrase.
    public static let unencryptedSSHKeys = SignalName(rawValue: "unencryptedSSHKeys")
    /// How many accounts beside root have its number.
    public static let duplicateRootAccounts = SignalName(rawValue: "duplicateRootAccounts")
}
