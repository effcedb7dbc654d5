// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Looks at the names in JSON that a decoder has already accepted.
enum JSONMembers {
    /// The first name that stands twice in one object; decoders take one of the two without a word.
    static func duplicate(in bytes: [UInt8]) -> String? {
        // One set of names for each object that is open, `nil` for an array.
        var open: [Set<String>?] = []
        var expectsName = false
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "{"):
                open.append([])
                expectsName = true
            case UInt8(ascii: "["):
                open.append(nil)
                expectsName = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                expectsName = false
            case UInt8(ascii: ","):
                expectsName = (open.last ?? nil) != nil
            case UInt8(ascii: "\""):
                let start = position
                position = end(ofStringAt: start, in: bytes)
                if expectsName, var names = open.last ?? nil {
                    let name = text(bytes[start...min(position, bytes.count - 1)])
                    guard names.insert(name).inserted else { return name }
                    open[open.count - 1] = names
                    expectsName = false
                }
            default: break
            }
            position += 1
        }
        return nil
    }

    private static func end(ofStringAt start: Int, in bytes: [UInt8]) -> Int {
        var position = start + 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return position
    }

    /// The text of a name with its quotes, with escapes resolved.
    private static func text(_ quoted: ArraySlice<UInt8>) -> String {
        (try? JSONDecoder().decode(String.self, from: Data(quoted))) ?? String(decoding: quoted, as: UTF8.self)
    }
}
