// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A place in an expression's text.
public struct ExpressionPosition: Sendable, Hashable, CustomStringConvertible {
    /// Bytes of UTF-8 before it.
    public var offset: Int
    /// The line, from 1.
    public var line: Int
    /// The column, from 1, in Unicode scalars.
    public var column: Int

    /// The place of a byte in a text; an offset behind the end is the end.
    public init(offset: Int, in source: String) {
        var line = 1
        var column = 1
        var passed = 0
        for scalar in source.unicodeScalars {
            let width = UTF8.width(scalar)
            guard passed + width <= offset else { break }
            passed += width
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        self.offset = passed
        self.line = line
        self.column = column
    }

    /// `line 1, column 7`.
    public var description: String { "line \(line), column \(column)" }
}
