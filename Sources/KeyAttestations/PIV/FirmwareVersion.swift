// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The version of a YubiKey's firmware.
public struct FirmwareVersion: Hashable, Sendable {
    /// The first number.
    public let major: UInt8
    /// The second number.
    public let minor: UInt8
    /// The third number.
    public let patch: UInt8

    /// A version.
    public init(_ major: UInt8, _ minor: UInt8, _ patch: UInt8) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// A version of three numbers with dots between; `nil` for another text.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.allSatisfy { (48...57).contains($0) } ? UInt8(String(decoding: part, as: UTF8.self)) : nil
        }
        guard parts.count == 3, numbers.count == 3 else { return nil }
        self.init(numbers[0], numbers[1], numbers[2])
    }
}

extension FirmwareVersion: Comparable {
    public static func < (left: FirmwareVersion, right: FirmwareVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}

extension FirmwareVersion: CustomStringConvertible {
    public var description: String { "\(major).\(minor).\(patch)" }
}
