// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The bounds of what is parsed and evaluated.
public enum ExpressionLimits {
    /// The longest text, in bytes of UTF-8.
    public static let sourceBytes = 4096
    /// The deepest nesting of brackets, signs, conditions, lists and arguments.
    public static let depth = 64
    /// The most elements of a list or map that is written in an expression, and the most arguments of a call.
    public static let elements = 256
    /// The most steps of one evaluation: a step is a node, or some 64 bytes or elements that a function looks at.
    public static let steps = 100_000
    /// The longest string that an evaluation makes, in bytes of UTF-8.
    public static let stringBytes = 65_536
    /// The longest list that an evaluation makes.
    public static let listElements = 16_384
}
