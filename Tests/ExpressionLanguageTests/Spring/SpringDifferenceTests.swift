// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ExpressionLanguage
import Foundation
import Testing

/// Compares our evaluation with Spring's own, on expressions made by chance.
@Suite struct SpringDifferenceTests {
    /// A difference that is meant.
    struct Difference: Decodable {
        /// Our outcome: `value`, `syntax:KIND` or `error:REASON`.
        var ours: String
        /// Spring's: `value`, `syntax` or `error`.
        var spring: String
        /// What the expression has to contain, if it is not known by the outcomes.
        var contains: String?
        /// Why it is meant.
        var reason: String
    }

    static let count = 100_000
    static let perContext = 5_000

    @Test(
        .enabled(if: SpringOracle.isAvailable, "needs the JDK and Spring (scripts/install-dependencies.sh --tests)"))
    func oursAndSpringsOutcomesDifferOnlyWhereItIsMeant() throws {
        let oracle = try SpringOracle()
        defer { oracle.remove() }
        var generator = ExpressionGenerator(seed: 5)
        var lines: [String] = []
        var ours: [(source: String, outcome: Outcome)] = []
        for _ in 0..<(Self.count / Self.perContext) {
            let text = generator.context()
            let context = try Self.context(text)
            lines.append("C" + Self.escaped(text))
            for _ in 0..<Self.perContext {
                let source = generator.expression()
                lines.append("X" + Self.escaped(source))
                ours.append((source, Outcome(source, context)))
            }
        }
        let springs = try oracle.outcomes(lines)
        try #require(springs.count == Self.count)
        try compare(ours, springs)
    }

    private func compare(_ ours: [(source: String, outcome: Outcome)], _ springs: [String]) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "differences.json")
        let differences = try JSONDecoder().decode([Difference].self, from: Data(contentsOf: file))
        var used = Set<Int>()
        var others: [String: [String]] = [:]
        var values = 0
        for ((source, outcome), spring) in zip(ours, springs) {
            if outcome.agrees(with: spring) {
                if case .value = outcome { values += 1 }
                continue
            }
            let meant = differences.firstIndex { difference in
                difference.ours == outcome.name && difference.spring == Outcome.name(ofSpring: spring)
                    && difference.contains.map { source.contains($0) } ?? true
            }
            if let meant {
                used.insert(meant)
            } else {
                others["\(outcome.name) and Spring's \(Outcome.name(ofSpring: spring))", default: []].append(
                    "\(source.debugDescription.prefix(400)): \(outcome.description.prefix(100)), Spring's \(spring.prefix(100))"
                )
            }
        }
        for (pair, examples) in others.sorted(by: { $0.key < $1.key }) {
            Issue.record("\(examples.count) times \(pair):\n\(examples.prefix(5).joined(separator: "\n"))")
        }
        // Most expressions have a value for both, or the generator makes too much that is none.
        #expect(values > Self.count / 2)
        for (index, difference) in differences.enumerated() where !used.contains(index) {
            Issue.record(
                "no expression showed the difference \(difference.ours) / \(difference.spring): \(difference.reason)")
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "\n", with: "\\n").replacingOccurrences(of: "\t", with: "\\t")
    }

    private static func context(_ text: String) throws -> ExpressionContext {
        let empty = ExpressionContext(roots: [:], now: ExpressionTime(seconds: 0))
        guard case .map(let roots) = try Expression(parsing: text).evaluate(in: empty).get() else { return empty }
        return ExpressionContext(roots: roots, now: ExpressionTime(seconds: 0))
    }
}

/// What an expression comes to for us.
enum Outcome: CustomStringConvertible {
    case value(ExpressionValue)
    case syntax(ExpressionSyntaxError)
    case error(ExpressionError)

    init(_ source: String, _ context: ExpressionContext) {
        do throws(ExpressionSyntaxError) {
            switch try Expression(parsing: source).evaluate(in: context) {
            case .success(let value): self = .value(value)
            case .failure(let error): self = .error(error)
            }
        } catch {
            self = .syntax(error)
        }
    }

    func agrees(with spring: String) -> Bool {
        switch self {
        case .value(let value): spring.utf8.elementsEqual(("V" + Self.notation(value)).utf8)
        case .syntax: spring == "P"
        case .error: spring == "E"
        }
    }

    var name: String {
        switch self {
        case .value: "value"
        case .syntax(let error): "syntax:\(error.kind.rawValue)"
        case .error(let error): "error:\(error.reason.rawValue)"
        }
    }

    static func name(ofSpring outcome: String) -> String {
        outcome == "P" ? "syntax" : outcome == "E" ? "error" : "value"
    }

    var description: String {
        switch self {
        case .value(let value): "V" + Self.notation(value)
        case .syntax(let error): "\(name) (\(error))"
        case .error(let error): "\(name) (\(error))"
        }
    }

    /// The notation of the oracle.
    static func notation(_ value: ExpressionValue) -> String {
        switch value {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "i\(value)"
        case .long(let value): "l\(value)"
        case .decimal(let value): "d" + String(value.bitPattern, radix: 16)
        case .string(let text): "s'\(text.replacing("\n", with: "\\n").replacing("\t", with: "\\t"))'"
        case .list(let elements): "[" + elements.map { notation($0) + "," }.joined() + "]"
        case .map(let map):
            "{" + map.entries.map { "s'\($0.key)':\(notation($0.value))," }.joined() + "}"
        case .time(let time): "t\(time.iso8601)"
        case .country(let country): "c\(country.alpha2)"
        }
    }
}
