// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

/// Measures the evaluation of a set of expressions: `expressions MILLISECONDS < SET`, as Spring's oracle does it.
///
/// The set is a line each, an inline map `C{…}` as the context and then expressions, `X…`. Prints the nanoseconds of an evaluation,
/// the best of three rounds after two whose times do not count.
@main
enum Main {
    static func main() throws {
        let milliseconds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
        guard let line = readLine(), line.first == "C" else { return print("no context") }
        let empty = ExpressionContext(roots: [:], now: ExpressionTime(seconds: 0))
        guard case .map(let roots) = try Expression(parsing: String(line.dropFirst())).evaluate(in: empty).get() else {
            return print("no context")
        }
        let context = ExpressionContext(roots: roots, now: ExpressionTime(seconds: 0))
        var expressions: [Expression] = []
        while let line = readLine() { expressions.append(try Expression(parsing: String(line.dropFirst()))) }
        var best = Double.infinity
        for round in 0..<5 {
            let took = measure(expressions, context, .milliseconds(milliseconds))
            if round >= 2 { best = min(best, took) }
        }
        print(best)
    }

    /// Nanoseconds an evaluation, over and over for some time.
    private static func measure(_ expressions: [Expression], _ context: ExpressionContext, _ length: Duration) -> Double
    {
        let clock = ContinuousClock()
        let start = clock.now
        var count = 0
        var met = 0
        while clock.now - start < length {
            for expression in expressions {
                if case .success(.boolean(true)) = expression.evaluate(in: context) { met += 1 }
            }
            count += expressions.count
        }
        precondition(met > 0, "no expression is true")
        let took = clock.now - start
        return Double(took.components.seconds) * 1e9 / Double(count) + Double(took.components.attoseconds) / 1e9
            / Double(count)
    }
}
