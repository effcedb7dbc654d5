// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Divides a text that comes in pieces into its lines, and keeps no more of it than the line that has not ended yet.
struct LineDivision {
    /// The most bytes of a line, as of a file that is read by lines.
    static let lineLimit = 256 * 1024

    private var begun: [UInt8] = []
    /// Whether a line was longer than may be; nothing comes after it.
    private(set) var isTooLong = false

    /// Takes the next piece.
    ///
    /// - Parameter body: takes each line that ends in it, without its end.
    mutating func add(_ piece: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
        var rest = piece
        while !isTooLong, let end = rest.firstIndex(of: 10) {
            if begun.isEmpty {
                body(rest[..<end])
            } else if keep(rest[..<end]) {
                body(begun[...])
                begun.removeAll(keepingCapacity: true)
            }
            rest = rest[(end + 1)...]
        }
        if !isTooLong { _ = keep(rest) }
    }

    /// Ends the text: a last line without an end counts as one.
    mutating func end(_ body: (ArraySlice<UInt8>) -> Void) {
        if !isTooLong, !begun.isEmpty { body(begun[...]) }
        begun = []
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard begun.count + bytes.count <= Self.lineLimit else {
            isTooLong = true
            begun = []
            return false
        }
        begun.append(contentsOf: bytes)
        return true
    }
}
