// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The identifier of a model of authenticator (WebAuthn §6.5.1): 128 bits that its maker chose.
public struct AAGUID: Hashable, Sendable {
    /// The 16 bytes.
    public let bytes: [UInt8]

    /// No model named: keys of U2F have this one.
    public static let zero = AAGUID(unchecked: [UInt8](repeating: 0, count: 16))

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// An identifier of 16 bytes; `nil` for any other number.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// An identifier as people write it: 8-4-4-4-12 hexadecimal digits, in either case.
    public init?(_ text: String) {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard groups.map(\.count) == [8, 4, 4, 4, 12] else { return nil }
        let digits = groups.joined().map { letter in Character(UnicodeScalar(letter)).hexDigitValue }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 32, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        self.bytes = bytes
    }
}

extension AAGUID: CustomStringConvertible {
    public var description: String {
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
        }
        return text
    }
}
