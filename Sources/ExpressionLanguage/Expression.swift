// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A condition or value in the expression language: a subset of the Spring Expression Language.
///
/// It is parsed once and evaluated often; both are bounded by ``ExpressionLimits``, take no time of the machine's clock, and do no
/// I/O. Equal expressions have the same text.
public struct Expression: Sendable, Hashable, CustomStringConvertible {
    /// What an expression is made of, behind one reference: it is handed on as often as it is evaluated.
    private final class Parts: Sendable {
        let source: String
        let root: SyntaxNode
        let plan: ConditionPlan

        init(_ source: String, _ root: SyntaxNode) {
            self.source = source
            self.root = root
            plan = ConditionPlan(root)
        }
    }

    private let parts: Parts

    /// The text, as it was given.
    public var source: String { parts.source }
    var root: SyntaxNode { parts.root }
    var plan: ConditionPlan { parts.plan }

    /// Parses a text.
    public init(parsing source: String) throws(ExpressionSyntaxError) {
        parts = Parts(source, try Parser.parse(source))
    }

    /// The value for a context, or why there is none.
    ///
    /// `&&` and `||` and conditions evaluate no more than they need: an error in an operand that is not needed is none.
    public func evaluate(in context: ExpressionContext) -> Result<ExpressionValue, ExpressionError> {
        if let truth = parts.plan.truth(context.leaves) { return .success(.boolean(truth)) }
        return evaluateTree(in: context)
    }

    /// The same without the plan, which answers for the usual conditions only.
    func evaluateTree(in context: ExpressionContext) -> Result<ExpressionValue, ExpressionError> {
        var evaluator = Evaluator(context: context)
        do {
            return .success(try evaluator.value(root))
        } catch {
            return .failure(publicError(error))
        }
    }

    /// The truth for a context; a value that is no boolean is an error as well (``ExpressionError/Reason/notBoolean``).
    public func condition(in context: ExpressionContext) -> Result<Bool, ExpressionError> {
        if let truth = parts.plan.truth(context.leaves) { return .success(truth) }
        var evaluator = Evaluator(context: context)
        do {
            return .success(try evaluator.truth(root))
        } catch {
            return .failure(publicError(error))
        }
    }

    private func publicError(_ failure: EvaluationFailure) -> ExpressionError {
        ExpressionError(
            reason: failure.reason, position: ExpressionPosition(offset: failure.offset, in: source),
            message: failure.message, missing: failure.missing, hint: failure.hint)
    }

    /// The text.
    public var description: String { source }

    public static func == (left: Expression, right: Expression) -> Bool {
        ExpressionText.isSame(left.source, right.source)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(Array(source.utf8)) }
}
