// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ExpressionLanguage
import Foundation
import Testing

/// What an expression costs at most.
@Suite struct ExpressionBoundsTests {
    private static let context = ExpressionContext(
        roots: [
            "text": .string(String(repeating: "x", count: 60_000)), "list": .list(Array(repeating: "a", count: 400)),
        ],
        groups: (0..<16_000).map { GroupMembership(id: "g\($0)", name: "Group \($0)") }, now: ExpressionTime(seconds: 0)
    )

    private static func kind(_ source: String) -> ExpressionSyntaxError.Kind? {
        do throws(ExpressionSyntaxError) {
            _ = try ExpressionLanguage.Expression(parsing: source)
            return nil
        } catch {
            return error.kind
        }
    }

    private static func reason(_ source: String) throws -> ExpressionError.Reason? {
        guard case .failure(let error) = try ExpressionLanguage.Expression(parsing: source).evaluate(in: context) else {
            return nil
        }
        return error.reason
    }

    @Test func aTextOf4KiBIsReadAndALongerOneIsNot() {
        let text = "'" + String(repeating: "a", count: 4094) + "'"
        #expect(Self.kind(text) == nil)
        #expect(Self.kind(text + " ") == .tooLong)
    }

    @Test(arguments: [("(", "1", ")"), ("{", "1", "}"), ("!", "true", ""), ("- ", "1", ""), ("true ? ", "1", " : 2")])
    func nestingIsReadToADepthOf64(_ open: String, _ inner: String, _ close: String) {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
        }
        // The expression itself is the first level.
        #expect(Self.kind(nested(63)) == nil)
        #expect(Self.kind(nested(64)) == .tooDeep)
        #expect(Self.kind(nested(300)) == .tooDeep)
    }

    @Test(arguments: [
        "a" + String(repeating: ".a", count: 2000), "1" + String(repeating: "+1", count: 2000),
        "true" + String(repeating: "&&true", count: 600), "'a'" + String(repeating: "[0]", count: 1300),
        String(repeating: "a.b", count: 1) + String(repeating: ".![a]", count: 700),
    ])
    func longChainsNeedNoDepth(_ source: String) throws {
        let expression = try ExpressionLanguage.Expression(parsing: source)
        _ = expression.evaluate(in: Self.context)
        _ = expression.check()
        _ = expression.lints()
    }

    @Test func listsMapsAndArgumentsHaveUpTo256Elements() {
        func list(_ count: Int) -> String { Array(repeating: "1", count: count).joined(separator: ",") }
        func map(_ count: Int) -> String { (0..<count).map { "a\($0):1" }.joined(separator: ",") }
        #expect(Self.kind("{\(list(256))}") == nil)
        #expect(Self.kind("{\(list(257))}") == .tooManyElements)
        #expect(Self.kind("{\(map(256))}") == nil)
        #expect(Self.kind("{\(map(257))}") == .tooManyElements)
        #expect(Self.kind("'a'.replace(\(list(257)))") == .tooManyElements)
    }

    @Test func anEvaluationTakesABoundedNumberOfSteps() throws {
        #expect(try Self.reason("list.![1]") == nil)
        #expect(try Self.reason("user.getGroups().![{id, id, id, id, id, id, id, id}]") == .tooManySteps)
        let ids = (0..<200).map { "'\($0)'" }.joined(separator: ",")
        #expect(try Self.reason("user.isMemberOf({'group.id': {\(ids)}})") == .tooManySteps)
        // Looking at long texts takes steps as well.
        let once = "text.contains('y')"
        #expect(try Self.reason(once) == nil)
        let many = Array(repeating: "text.contains('y')", count: 180).joined(separator: "||")
        #expect(try Self.reason(many) == .tooManySteps)
        // Making long texts of short ones does, too: a letter of 64 becomes 1000 letters.
        let letters = String(repeating: "a", count: 64)
        let long = String(repeating: "b", count: 1000)
        func made(_ count: Int) throws -> ExpressionError.Reason? {
            let source = "{" + Array(repeating: "x.replace('a',y)", count: count).joined(separator: ",") + "}"
            let context = ExpressionContext(
                roots: ["x": .string(letters), "y": .string(long)], now: ExpressionTime(seconds: 0))
            guard case .failure(let error) = try ExpressionLanguage.Expression(parsing: source).evaluate(in: context)
            else { return nil }
            return error.reason
        }
        #expect(try made(10) == nil)
        #expect(try made(200) == .tooManySteps)
    }

    @Test func aTimeThatIsLeftOutIsNotKnown() throws {
        let context = try JSONDecoder().decode(ExpressionContext.self, from: Data(#"{"user":{"id":"a"}}"#.utf8))
        for source in [
            "DateTime.now().toUnix() > 0", "'2026-09-05T00:00:00Z'.parseStringTime().withinDays(1)",
        ] {
            guard case .failure(let error) = try ExpressionLanguage.Expression(parsing: source).evaluate(in: context)
            else {
                Issue.record("a time out of nothing")
                continue
            }
            #expect(error.reason == .missing)
        }
    }

    @Test func textsAndListsDoNotGrowWithoutBound() throws {
        #expect(try Self.reason("text + 'x'") == nil)
        #expect(try Self.reason("text + text") == .tooLarge)
        #expect(try Self.reason("text.replace('x', 'xx')") == .tooLarge)
        #expect(try Self.reason("'ß'.toUpperCase()") == nil)
        let flat = "{" + Array(repeating: "list", count: 50).joined(separator: ",") + "}.flatten()"
        #expect(try Self.reason(flat) == .tooLarge)
    }

    @Test func searchingTakesNoLongerThanTheTextsAre() throws {
        // A search that began anew at each letter would compare a thousand million of them.
        let source = "text.contains(text.substring(0, 30000) + 'y')"
        var reason: ExpressionError.Reason?
        let took = try ContinuousClock().measure { reason = try Self.reason(source) }
        #expect(reason == nil)
        #expect(took < .seconds(2))
    }
}
