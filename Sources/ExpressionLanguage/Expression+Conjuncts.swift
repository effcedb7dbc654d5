// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension Expression {
    /// The operands of the `&&` that the expression is, in their order; the expression alone where it is none.
    ///
    /// The expression is what these are one after the other: false with the first that is false, an error with the first
    /// that is an error. Who evaluates many expressions for one context evaluates an operand that several share once.
    public var conjuncts: [Expression] {
        guard case .and(let operands) = root.kind else { return [self] }
        let bytes = Array(source.utf8)
        let parts = operands.compactMap { operand -> Expression? in
            guard operand.start < operand.end, operand.end <= bytes.count else { return nil }
            return try? Expression(parsing: String(decoding: bytes[operand.start..<operand.end], as: UTF8.self))
        }
        return parts.count == operands.count ? parts.flatMap(\.conjuncts) : [self]
    }
}
