// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// By what a card is known again.
enum CardIdentity: Hashable, Sendable {
    /// A YubiKey's serial number.
    case serial(UInt32)
    /// The GUID of the Card Holder Unique Identifier, 16 bytes.
    case guid([UInt8])

    /// As a person reads and writes it: the serial number in decimal, the GUID in hexadecimal digits.
    var text: String {
        switch self {
        case .serial(let number): String(number)
        case .guid(let bytes): Hexadecimal.text(bytes)
        }
    }
}

/// Bytes in hexadecimal digits.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The bytes of digits, two each; `nil` where there is anything else.
    static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: text.count / 2)
        return read(text, into: &bytes) ? bytes : nil
    }

    /// As ``bytes(_:)``, for what is secret: no copy of it is left, not even of digits that are followed by something else.
    static func secret(_ text: SecretBytes) -> SecretBytes? {
        var bytes = [UInt8](repeating: 0, count: text.count / 2)
        let isWhole = text.withUnsafeBytes { read($0, into: &bytes) }
        let secret = SecretBytes(wiping: &bytes)
        return isWhole ? secret : nil
    }

    /// Whether the text is digits alone, two for each of the bytes.
    private static func read(_ text: some Collection<UInt8>, into bytes: inout [UInt8]) -> Bool {
        guard text.count == 2 * bytes.count else { return false }
        for (position, letter) in text.enumerated() {
            guard let digit = digit(letter) else { return false }
            bytes[position / 2] = bytes[position / 2] << 4 | digit
        }
        return true
    }

    private static func digit(_ letter: UInt8) -> UInt8? {
        switch letter {
        case 0x30...0x39: letter - 0x30
        case 0x41...0x46: letter - 0x41 + 10
        case 0x61...0x66: letter - 0x61 + 10
        default: nil
        }
    }
}
