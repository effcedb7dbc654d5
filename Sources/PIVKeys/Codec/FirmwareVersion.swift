// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A YubiKey's firmware.
package struct FirmwareVersion: Hashable, Sendable {
    package var major: UInt8
    package var minor: UInt8
    package var patch: UInt8

    /// A version.
    package init(_ major: UInt8, _ minor: UInt8, _ patch: UInt8) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }
}

extension FirmwareVersion: CustomStringConvertible {
    package var description: String { "\(major).\(minor).\(patch)" }
}
