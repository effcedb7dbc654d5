// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

/// What the expression language has to say of a rule's expression.
enum ExpressionFindings {
    /// Names and types that cannot be meant as errors, and what is almost surely a mistake as warnings.
    ///
    /// Attributes of people and devices that an administrator made are not among the names that there are: a name that is
    /// not known is a warning.
    static func findings(in expression: ExpressionLanguage.Expression) -> [PolicyFinding] {
        let problems = expression.check().map { problem in
            PolicyFinding(
                severity: problem.kind == .unknownName ? .warning : .error,
                code: "expression-\(problem.kind.rawValue)", member: "conditions.elCondition.condition",
                message: problem.description, hint: problem.hint)
        }
        let lints = expression.lints().map { lint in
            platformFinding(lint)
                ?? PolicyFinding(
                    severity: .warning, code: "expression-\(lint.kind.rawValue)",
                    member: "conditions.elCondition.condition", message: lint.description, hint: lint.hint)
        }
        return problems + lints
    }

    /// An error about the platforms that stand for Linux elsewhere: a rule that denies them would let it in here.
    private static func platformFinding(_ lint: ExpressionLint) -> PolicyFinding? {
        guard lint.kind == .impossibleValue,
            ["'DESKTOP_OTHER'", "'MOBILE_OTHER'"].contains(where: lint.message.hasPrefix)
        else { return nil }
        return PolicyFinding(
            severity: .error, code: "platform-not-reported", member: "conditions.elCondition.condition",
            message: lint.description, hint: "a desktop with Linux is 'LINUX' here")
    }
}
