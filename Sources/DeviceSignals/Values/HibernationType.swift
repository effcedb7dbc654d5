// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What becomes of memory when the machine hibernates.
public enum HibernationType: String, Hashable, Sendable, Codable, CaseIterable {
    /// It cannot hibernate: by the kernel, or because there is nowhere to write memory to.
    case off = "OFF"
    /// Memory is written to encrypted storage.
    case encrypted = "ENCRYPTED"
    /// Memory, with all keys in it, may be written to a disk as it is.
    case plain = "PLAIN"
}
