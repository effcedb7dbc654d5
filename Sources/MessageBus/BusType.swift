// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The types of the D-Bus specification, "Type System".
package enum BusType: UInt8 {
    /// `b`.
    case boolean = 0x62
    /// `i`.
    case signed = 0x69
    /// `x`.
    case signedLong = 0x78
    /// `u`.
    case unsigned = 0x75
    /// `s`.
    case string = 0x73
    /// `o`.
    case objectPath = 0x6F
    /// `a`.
    case array = 0x61
    /// `v`.
    case variant = 0x76
    /// `r`.
    case structure = 0x72
    /// `e`.
    case entry = 0x65
    /// `y`.
    case byte = 0x79

    var character: CChar { CChar(rawValue) }
}
