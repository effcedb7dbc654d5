// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

/// What the expression language has to say of a rule's expression.
enum ExpressionFindings {
    static func findings(in expression: ExpressionLanguage.Expression) -> [PolicyFinding] { [] }
}
