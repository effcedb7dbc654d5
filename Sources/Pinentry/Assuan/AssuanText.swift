// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How texts travel in the Assuan protocol: a line each, with percent signs for what a line cannot hold.
///
/// Source: "Developing with Assuan", client requests and server responses.
enum AssuanText {
    /// The longest line that may be sent or is taken, without its end; libassuan's own bound is 1,000 with it.
    static let longestLine = 990

    /// A text for a command's argument: percent signs, carriage returns and line feeds escaped.
    static func escape(_ text: String) -> String {
        var output = ""
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": output += "%25"
            case "\r": output += "%0D"
            case "\n": output += "%0A"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    /// Undoes the escapes of a data line in place, and returns how many bytes are left; `nil` for a broken escape.
    static func unescape(_ bytes: UnsafeMutableRawBufferPointer) -> Int? {
        var from = 0
        var to = 0
        while from < bytes.count {
            var byte = bytes[from]
            from += 1
            if byte == UInt8(ascii: "%") {
                guard from + 1 < bytes.count, let high = hexDigit(bytes[from]), let low = hexDigit(bytes[from + 1])
                else {
                    return nil
                }
                byte = high << 4 | low
                from += 2
            }
            bytes[to] = byte
            to += 1
        }
        return to
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
