// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Functions of lists. None changes its list: `add` and `remove` return another.
struct ListFunctions {
    let elements: [ExpressionValue]
    let offset: Int

    /// The function's result; `nil` if lists have none for these arguments.
    func call(
        _ function: ValueFunction, _ arguments: [ExpressionValue]
    ) throws(EvaluationFailure) -> ExpressionValue? {
        switch (function, arguments.count) {
        case (.size, 0): return .integer(Int32(truncatingIfNeeded: elements.count))
        case (.isEmpty, 0): return .boolean(elements.isEmpty)
        case (.flatten, 0):
            var flat: [ExpressionValue] = []
            try Self.flatten(elements, into: &flat, at: offset)
            return .list(flat)
        case (.contains, 1): return .boolean(elements.contains { $0.isIdentical(to: arguments[0]) })
        case (.add, 1): return .list(try bounded(elements + arguments))
        case (.remove, 1):
            var rest = elements
            if let position = rest.firstIndex(where: { $0.isIdentical(to: arguments[0]) }) {
                rest.remove(at: position)
            }
            return .list(rest)
        default: return nil
        }
    }

    private func bounded(_ list: [ExpressionValue]) throws(EvaluationFailure) -> [ExpressionValue] {
        guard list.count <= ExpressionLimits.listElements else { throw Self.tooLarge(offset) }
        return list
    }

    private static func tooLarge(_ offset: Int) -> EvaluationFailure {
        EvaluationFailure(
            .tooLarge, at: offset, "the list has more than \(ExpressionLimits.listElements) elements")
    }

    /// Appends what is no list; lists are as deep as the expression or the context, both of which are bounded.
    private static func flatten(
        _ elements: [ExpressionValue], into flat: inout [ExpressionValue], at offset: Int
    ) throws(EvaluationFailure) {
        for element in elements {
            if case .list(let inner) = element {
                try flatten(inner, into: &flat, at: offset)
            } else {
                flat.append(element)
            }
            guard flat.count <= ExpressionLimits.listElements else { throw tooLarge(offset) }
        }
    }
}
