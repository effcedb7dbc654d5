// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension SyntaxNode {
    /// The parts of a node.
    var children: [SyntaxNode] {
        switch kind {
        case .literal, .name, .now: []
        case .chain(let base, let steps): [base] + steps.flatMap(\.children)
        case .user(_, let nodes), .list(let nodes), .and(let nodes), .or(let nodes): nodes
        case .map(let entries): entries.map(\.node)
        case .not(let node), .sign(_, let node): [node]
        case .comparison(_, let left, let right), .elvis(let left, let right): [left, right]
        case .arithmetic(let first, let operands): [first] + operands.map(\.node)
        case .condition(let condition, let first, let second): [condition, first, second]
        }
    }

    /// The names of a chain of properties from a root, such as `device`, `profile`, `managed`; `nil` for everything else.
    var path: [String]? {
        switch kind {
        case .name(let name): return [name.text]
        case .chain(let base, let steps):
            guard case .name(let name) = base.kind else { return nil }
            var path = [name.text]
            for step in steps {
                guard case .property(let name) = step.kind else { return nil }
                path.append(name.text)
            }
            return path
        default: return nil
        }
    }

    /// Whether its value depends on the context.
    var readsContext: Bool {
        switch kind {
        case .name, .user, .now: true
        default: children.contains(where: \.readsContext)
        }
    }
}

extension SyntaxNode.Step {
    fileprivate var children: [SyntaxNode] {
        switch kind {
        case .property: []
        case .call(_, let arguments): arguments
        case .index(let node), .projection(let node): [node]
        }
    }
}
