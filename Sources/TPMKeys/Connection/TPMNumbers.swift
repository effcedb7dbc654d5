// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The TPM's response codes that mean something here (TPM 2.0 Part 2 §6.6.3), without the numbers that some carry. The C header's
/// macros for them are sums, which are not imported.
enum ResponseCode {
    // Errors.
    static let failure: UInt32 = 0x101
    static let sensitive: UInt32 = 0x155

    // Errors that carry the number of a handle, session or parameter.
    static let value: UInt32 = 0x084
    static let hierarchy: UInt32 = 0x085
    static let handle: UInt32 = 0x08B
    static let authFail: UInt32 = 0x08E
    static let size: UInt32 = 0x095
    static let insufficient: UInt32 = 0x09A
    static let integrity: UInt32 = 0x09F
    static let badAuth: UInt32 = 0x0A2
    static let binding: UInt32 = 0x0A5
    static let eccPoint: UInt32 = 0x0A7

    // Warnings: nothing is wrong with the command.
    static let objectMemory: UInt32 = 0x902
    static let sessionMemory: UInt32 = 0x903
    static let memory: UInt32 = 0x904
    static let sessionHandles: UInt32 = 0x905
    static let objectHandles: UInt32 = 0x906
    static let yielded: UInt32 = 0x908
    static let testing: UInt32 = 0x90A
    static let nvRate: UInt32 = 0x920
    static let lockout: UInt32 = 0x921
    static let retry: UInt32 = 0x922
    static let nvUnavailable: UInt32 = 0x923
}

/// Properties of a TPM (Part 2 §6.13).
enum Property {
    // Fixed.
    static let fixed: UInt32 = 0x100
    static let revision: UInt32 = 0x102
    static let manufacturer: UInt32 = 0x105
    static let vendorStrings: ClosedRange<UInt32> = 0x106...0x109
    static let firmwareVersions: ClosedRange<UInt32> = 0x10B...0x10C

    // Variable.
    static let permanent: UInt32 = 0x200
    static let lockoutCounter: UInt32 = 0x20E
    static let maximumAuthorizationFailures: UInt32 = 0x20F
    static let lockoutInterval: UInt32 = 0x210
}

/// Ranges of handles (Part 2 §7.2).
enum HandleRange {
    static let loadedSessions: UInt32 = 0x0200_0000
    static let transient: UInt32 = 0x8000_0000
    /// How many handles one answer has at most.
    static let most: UInt32 = 254
}
