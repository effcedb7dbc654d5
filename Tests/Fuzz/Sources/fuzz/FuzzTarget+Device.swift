// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension FuzzTarget {
    /// What the device's own files and programs say.
    static let deviceTargets: [String: Body] = [:]
}
