// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Walks a tree and notes what is suspicious.
struct Linter {
    let source: String
    let schema: ExpressionSchema
    private(set) var lints: [ExpressionLint] = []

    init(source: String, schema: ExpressionSchema) {
        self.source = source
        self.schema = schema
    }

    mutating func report(_ kind: ExpressionLint.Kind, at offset: Int, _ message: String, hint: String? = nil) {
        lints.append(
            ExpressionLint(
                kind: kind, position: ExpressionPosition(offset: offset, in: source), message: message, hint: hint))
    }

    mutating func lint(_ node: SyntaxNode) {
        switch node.kind {
        case .or(let operands):
            mixed(operands)
            contradictions(operands, .notEqual, "one of these always holds: %@ is not both values")
        case .and(let operands):
            contradictions(operands, .equal, "these exclude each other: %@ is not two values at once")
        case .not(let operand): negation(operand, at: node.offset)
        case .comparison(let comparison, let left, let right): self.comparison(comparison, left, right, at: node.offset)
        case .arithmetic(_, let operands):
            for operand in operands where operand.arithmetic != .add {
                notPortable(operand.arithmetic.rawValue, at: operand.offset)
            }
        case .elvis: notPortable("?:", at: node.offset)
        case .chain(_, let steps):
            for step in steps where step.isNullSafe { notPortable("?.", at: step.offset) }
        default: break
        }
        for child in node.children { lint(child) }
    }

    /// What concerns the expression as a whole.
    mutating func lintWhole(_ root: SyntaxNode) {
        guard !root.readsContext else { return }
        report(
            .constantExpression, at: root.start, "the expression reads nothing, so its value is always the same",
            hint: "leave the condition out, or compare a property such as user.profile.department")
    }

    private mutating func notPortable(_ sign: String, at offset: Int) {
        report(
            .notPortable, at: offset, "\(sign) is SpEL's, and Okta does not document it",
            hint: "an expression that has to work there as well is better written without it")
    }

    // MARK: - Logic

    private mutating func mixed(_ operands: [SyntaxNode]) {
        for operand in operands where !operand.isBracketed {
            guard case .and = operand.kind else { continue }
            report(
                .mixedAndOr, at: operand.offset, "&& binds tighter than the || beside it",
                hint: "put brackets around what belongs together: (\(text(operand, limit: 48))) or the || before it")
        }
    }

    /// Whether two tests of the same value in one chain make the rest meaningless.
    private mutating func contradictions(_ operands: [SyntaxNode], _ wanted: Comparison, _ message: String) {
        var seen: [String: ExpressionValue] = [:]
        for operand in operands {
            guard case .comparison(wanted, let left, let right) = operand.kind,
                let (path, value) = Self.test(left, right)
            else { continue }
            let name = path.joined(separator: ".")
            if let other = seen[name], !other.isEqual(to: value) {
                let parts = message.split(separator: "%@", omittingEmptySubsequences: false)
                report(
                    .contradiction, at: operand.offset, parts.joined(separator: name),
                    hint: wanted == .equal ? "either: ||" : "neither: &&")
            }
            seen[name] = value
        }
    }

    /// A comparison of a path with a literal, in either order.
    static func test(_ left: SyntaxNode, _ right: SyntaxNode) -> (path: [String], value: ExpressionValue)? {
        switch (left.kind, right.kind) {
        case (_, .literal(let value)): left.path.map { ($0, value) }
        case (.literal(let value), _): right.path.map { ($0, value) }
        default: nil
        }
    }

    private mutating func negation(_ operand: SyntaxNode, at offset: Int) {
        guard let signal = Self.signal(in: operand) else { return }
        negative(signal, at: offset)
    }

    /// The first signal that may be unknown, in a test that a negation turns round.
    private static func signal(in node: SyntaxNode) -> String? {
        if let path = node.path { return mayBeUnknown(path) ? path.joined(separator: ".") : nil }
        switch node.kind {
        case .chain(let base, let steps):
            // A function of a signal: the properties before it.
            guard case .name(let name) = base.kind else { return nil }
            var path = [name.text]
            for step in steps {
                guard case .property(let name) = step.kind else { break }
                path.append(name.text)
            }
            return mayBeUnknown(path) ? path.joined(separator: ".") : nil
        case .comparison(let comparison, let left, let right) where comparison != .notEqual:
            return signal(in: left) ?? signal(in: right)
        case .and(let operands), .or(let operands): return operands.lazy.compactMap { signal(in: $0) }.first
        default: return nil
        }
    }

    /// Whether a value may be unknown: all that devices report, but for what the verifier itself knows of each device.
    private static func mayBeUnknown(_ path: [String]) -> Bool {
        guard path.first == "device", path.count > 1 else { return false }
        return !["device.profile.registered", "device.profile.managed", "device.profile.platform"]
            .contains(path.joined(separator: "."))
    }

    private mutating func negative(_ signal: String, at offset: Int) {
        report(
            .negativeTest, at: offset, "\(signal) may be unknown, and then this decides nothing",
            hint: "name the values that are wanted, with ==; Okta itself lets in here what it does not know")
    }

    // MARK: - Comparisons

    private mutating func comparison(
        _ comparison: Comparison, _ left: SyntaxNode, _ right: SyntaxNode, at offset: Int
    ) {
        if case .not = left.kind, !left.isBracketed {
            report(
                .notBeforeComparison, at: left.start,
                "! belongs to what follows it alone: (!a) \(comparison.rawValue) b",
                hint: "put brackets: !(a \(comparison.rawValue) b)")
        }
        if !left.readsContext, !right.readsContext || text(left) == text(right) {
            report(.constantComparison, at: offset, "the result of this comparison is always the same")
        } else if let path = left.path, path == right.path {
            report(.constantComparison, at: offset, "a value is compared with itself")
        } else if comparison.isOrder {
            order(left, right, at: offset)
        } else {
            equality(comparison, left, right, at: offset)
        }
    }

    private mutating func order(_ left: SyntaxNode, _ right: SyntaxNode, at offset: Int) {
        guard Self.looksLikeVersion(left) || Self.looksLikeVersion(right) else { return }
        report(
            .versionComparison, at: offset, "versions are compared letter by letter here: '9' comes after '10'",
            hint: "use versionGreaterThan() or versionLessThan()")
    }

    private static func looksLikeVersion(_ node: SyntaxNode) -> Bool {
        if case .literal(.string(let text)) = node.kind {
            return text.utf8.contains(UInt8(ascii: ".")) && Version(text) != nil
        }
        return node.path?.last?.lowercased().hasSuffix("version") ?? false
    }

    private mutating func equality(
        _ comparison: Comparison, _ left: SyntaxNode, _ right: SyntaxNode, at offset: Int
    ) {
        if comparison == .notEqual, let signal = Self.signal(in: left) ?? Self.signal(in: right) {
            negative(signal, at: offset)
        }
        let first = attribute(left)
        let second = attribute(right)
        if first.type == .null || second.type == .null {
            report(
                .nullComparison, at: offset, "a value that is not known is missing here, and never null",
                hint: "leave the test out: reading what is not known decides nothing")
        } else if !first.type.mayBe(second.type) {
            report(
                .differentTypes, at: offset, "\(first.type.words) never equals \(second.type.words)",
                hint: first.type == .boolean || second.type == .boolean ? "true and false stand without quotes" : nil)
        } else {
            impossible(first, right, at: offset)
            impossible(second, left, at: offset)
        }
    }

    private func attribute(_ node: SyntaxNode) -> ExpressionSchema.Attribute {
        var checker = TypeChecker(source: source, schema: schema)
        return checker.attribute(node)
    }

    private mutating func impossible(_ attribute: ExpressionSchema.Attribute, _ node: SyntaxNode, at offset: Int) {
        guard case .value(.string, let values) = attribute, !values.isEmpty,
            case .literal(.string(let text)) = node.kind, !values.contains(text)
        else { return }
        let closest = NameSuggestion.closest(to: text, among: values)
        report(
            .impossibleValue, at: offset, "'\(text.prefix(64))' is none of the values that this can have",
            hint: closest.map { "did you mean '\($0)'?" } ?? "values are: \(values.joined(separator: ", "))")
    }

    private func text(_ node: SyntaxNode, limit: Int = .max) -> String {
        let bytes = source.utf8
        let start = bytes.index(bytes.startIndex, offsetBy: node.start)
        let text = source[start..<bytes.index(start, offsetBy: node.end - node.start)]
        return text.count <= limit ? String(text) : text.prefix(limit) + "…"
    }
}
