// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The number of a device; major 0 stands for file systems without a block device of their own.
struct DeviceNumber: Hashable, Sendable, CustomStringConvertible {
    /// The driver's number.
    let major: UInt32
    /// The device's number within the driver.
    let minor: UInt32

    /// A number.
    init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    /// Parses `major:minor` in decimal.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = UInt32(parts[0]), let minor = UInt32(parts[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    var description: String { "\(major):\(minor)" }
}
