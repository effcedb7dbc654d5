// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How a card ended a command (ISO/IEC 7816-4 §5.1.3, NIST SP 800-73-4 Part 2 §3).
package struct StatusWord: Hashable, Sendable {
    /// Both bytes, SW1 first.
    package var rawValue: UInt16

    /// A status word.
    package init(_ rawValue: UInt16) { self.rawValue = rawValue }

    /// Done.
    static let success = StatusWord(0x9000)
    /// A rule of access is not met: no PIN, no management key, no touch.
    static let securityStatusNotSatisfied = StatusWord(0x6982)
    /// The PIN has no tries left.
    static let authenticationMethodBlocked = StatusWord(0x6983)
    /// Something that has to come before did not.
    static let conditionsNotSatisfied = StatusWord(0x6985)
    /// The length is not one that the card takes.
    static let wrongLength = StatusWord(0x6700)
    /// The data are not what belongs there.
    static let incorrectData = StatusWord(0x6A80)
    /// The card does not do this.
    static let functionNotSupported = StatusWord(0x6A81)
    /// There is no such application or object.
    static let notFound = StatusWord(0x6A82)
    /// There is no room.
    static let notEnoughMemory = StatusWord(0x6A84)
    /// A parameter is not one that the card knows.
    static let incorrectParameters = StatusWord(0x6A86)
    /// There is no such key.
    static let referencedDataNotFound = StatusWord(0x6A88)
    /// The card does not know the instruction.
    static let instructionNotSupported = StatusWord(0x6D00)
    /// The card does not know the class.
    static let classNotSupported = StatusWord(0x6E00)

    /// How many tries the PIN has left, where this says so: after a wrong or an empty VERIFY (SP 800-73-4 Part 2 §3.2.1).
    var triesLeft: Int? {
        if rawValue & 0xFFF0 == 0x63C0 { return Int(rawValue & 0x0F) }
        return self == .authenticationMethodBlocked ? 0 : nil
    }

    /// How many more bytes wait for GET RESPONSE: 0 for at least 256.
    var moreBytes: UInt8? { rawValue >> 8 == 0x61 ? UInt8(rawValue & 0xFF) : nil }

    /// The length that the command should have asked for.
    var rightLength: UInt8? { rawValue >> 8 == 0x6C ? UInt8(rawValue & 0xFF) : nil }

    /// Whether the card does not know the command, or not in this form.
    var meansUnknownCommand: Bool {
        [.functionNotSupported, .instructionNotSupported, .classNotSupported, .incorrectParameters].contains(self)
    }

    /// Whether there is nothing by that name.
    var meansAbsent: Bool { self == .notFound || self == .referencedDataNotFound }
}

extension StatusWord: CustomStringConvertible {
    package var description: String {
        let digits = String(rawValue, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
