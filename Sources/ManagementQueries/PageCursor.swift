// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The place in a list where a page ends and the next one begins: the list's name and the id of the last resource told.
///
/// To a caller it is an opaque text of letters that need no escape in a query. It is no secret and proves nothing: whoever makes
/// one up gets what a list without it would show as well.
public struct PageCursor: Hashable, Sendable {
    /// The list, such as `users`.
    public let list: String
    /// The id after which to go on.
    public let id: String

    /// The longest text of a cursor.
    public static let maximumLength = 512

    /// A place in a list.
    public init(list: String, id: String) {
        self.list = list
        self.id = id
    }

    /// The cursor of a text that text made, or `nil` where it is none.
    public init?(_ text: String) {
        guard (2...Self.maximumLength).contains(text.utf8.count), text.utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in text.utf8 {
            guard let value = Self.nibble(digit) else { return nil }
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        let parts = bytes.split(separator: 0x20, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
            bytes.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        list = String(decoding: parts[0], as: UTF8.self)
        id = String(decoding: parts[1], as: UTF8.self)
    }

    /// The cursor as it stands in a query.
    public var text: String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = Array("\(list) \(id)".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 97...102: byte - 87
        default: nil
        }
    }
}
