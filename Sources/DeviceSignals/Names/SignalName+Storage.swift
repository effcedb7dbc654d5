// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Disks, swap space and removable media.
extension SignalName {
    /// A ``DiskEncryptionType``.
    public static let diskEncryptionType = SignalName(rawValue: "diskEncryptionType")
    /// `mount point=kind` for each volume that counts, as texts.
    public static let volumeEncryption = SignalName(rawValue: "volumeEncryption")
    /// Whether no swap space lies on a disk as it is.
    public static let swapEncryption = SignalName(rawValue: "swapEncryption")
    /// `what=kind` for each swap space, as texts.
    public static let swapSpaces = SignalName(rawValue: "swapSpaces")
    /// A ``HibernationType``.
    public static let hibernation = SignalName(rawValue: "hibernation")
    /// Whether the agent's own folder of keys lies on encrypted storage.
    public static let stateFolderEncrypted = SignalName(rawValue: "stateFolderEncrypted")
    /// Whether the folder of the kernels lies on encrypted storage.
    public static let bootEncrypted = SignalName(rawValue: "bootEncrypted")
    /// `what=state` for each rule on USB disks and their like, as texts.
    public static let removableMediaPolicy = SignalName(rawValue: "removableMediaPolicy")
}
