// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// base64url without padding (RFC 4648 §5, RFC 7515 §2).
public enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let invalid: UInt8 = 0xFF
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: invalid, count: 256)
        for (value, letter) in alphabet.enumerated() { table[Int(letter)] = UInt8(value) }
        return table
    }()

    /// The text that stands for the bytes.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        // An array, whatever was given: a loop over a sequence of an unknown kind asks for each byte through a witness.
        let bytes = Array(bytes)
        let alphabet = alphabet
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 4 / 3 + 4)
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = (buffer << 8) | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(alphabet[Int((buffer >> bits) & 0x3F)])
            }
        }
        if bits > 0 { output.append(alphabet[Int((buffer << (6 - bits)) & 0x3F)]) }
        return String(decoding: output, as: UTF8.self)
    }

    /// The bytes that a text stands for.
    ///
    /// Refuses padding, white space, other alphabets and texts whose unused last bits are not zero: each sequence of bytes has
    /// one spelling.
    public static func decode(_ text: some Sequence<UInt8>) throws(CryptographyError) -> [UInt8] {
        let letters = Array(text)
        let values = values
        var output: [UInt8] = []
        output.reserveCapacity(letters.count * 3 / 4)
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for letter in letters {
            let value = values[Int(letter)]
            guard value != invalid else { throw .notBase64URL }
            buffer = (buffer << 6) | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        guard letters.count % 4 != 1, buffer & ((1 << bits) - 1) == 0 else { throw .notBase64URL }
        return output
    }

    /// The bytes that a text stands for.
    public static func decode(_ text: some StringProtocol) throws(CryptographyError) -> [UInt8] {
        try decode(text.utf8)
    }
}
