// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How much of the device's storage is encrypted, in Okta's classes.
public enum DiskEncryptionType: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nothing that counts is encrypted.
    case none = "NONE"
    /// The whole device, as mobile systems report it.
    case full = "FULL"
    /// The person's own files only.
    case user = "USER"
    /// Every internal, writable volume and the swap space.
    case allInternalVolumes = "ALL_INTERNAL_VOLUMES"
    /// The volume of the operating system, but not every other one.
    case systemVolume = "SYSTEM_VOLUME"
}
