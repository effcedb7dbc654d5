// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ExpressionLanguage
import Foundation
import Testing

/// The vectors of `Vectors/expressions.json`: an expression, its context, and what it comes to.
@Suite struct ExpressionVectorTests {
    struct Vectors: Decodable {
        var contexts: [String: ExpressionContext]
        var vectors: [Vector]
    }

    struct Vector: Decodable, CustomTestStringConvertible {
        var context: String
        var expression: String
        var expected: Expected

        var testDescription: String { expression }

        init(from decoder: any Decoder) throws {
            var members = try decoder.unkeyedContainer()
            context = try members.decode(String.self)
            expression = try members.decode(String.self)
            expected = try members.decode(Expected.self)
        }
    }

    struct Failure: Decodable {
        var error: ExpressionError.Reason?
        var syntax: ExpressionSyntaxError.Kind?
        var offset: Int?
    }

    enum Expected: Decodable {
        case value(ExpressionValue)
        case failure(Failure)

        init(from decoder: any Decoder) throws {
            let failure = try? decoder.singleValueContainer().decode(Failure.self)
            if let failure, failure.error != nil || failure.syntax != nil {
                self = .failure(failure)
            } else {
                self = .value(try ExpressionValue(from: decoder))
            }
        }
    }

    static let all: Vectors = {
        do {
            guard
                let file = Bundle.module.url(forResource: "expressions", withExtension: "json", subdirectory: "Vectors")
            else { return Vectors(contexts: [:], vectors: []) }
            return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
        } catch {
            Issue.record(error)
            return Vectors(contexts: [:], vectors: [])
        }
    }()

    @Test func thereAreHundreds() {
        #expect(Self.all.vectors.count >= 300)
    }

    @Test(arguments: all.vectors)
    func anExpressionComesToWhatIsExpected(_ vector: Vector) throws {
        let context = try #require(Self.all.contexts[vector.context])
        switch (Outcome(vector.expression, context), vector.expected) {
        case (.value(let value), .value(let expected)):
            #expect(try Self.json(value) == Self.json(expected))
        case (.error(let error), .failure(let expected)):
            #expect(error.reason == expected.error)
            if let offset = expected.offset { #expect(error.position.offset == offset) }
        case (.syntax(let error), .failure(let expected)):
            #expect(error.kind == expected.syntax)
            if let offset = expected.offset { #expect(error.position.offset == offset) }
        case (let outcome, let expected): Issue.record("\(outcome), and expected \(expected)")
        }
    }

    /// Each kind of error is shown by a vector, or by the tests of bounds.
    @Test func everyKindOfErrorHasAVector() {
        var reasons = Set<ExpressionError.Reason>([.tooManySteps, .tooLarge])
        var kinds = Set<ExpressionSyntaxError.Kind>([.tooLong, .tooDeep, .tooManyElements])
        for vector in Self.all.vectors {
            guard case .failure(let failure) = vector.expected else { continue }
            if let reason = failure.error { reasons.insert(reason) }
            if let kind = failure.syntax { kinds.insert(kind) }
        }
        #expect(reasons == Set(ExpressionError.Reason.allCases))
        #expect(kinds == Set(ExpressionSyntaxError.Kind.allCases))
    }

    /// JSON has one kind of number, so that `1000` is expected of `1e3`.
    private static func json(_ value: ExpressionValue) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode([value]), as: UTF8.self)
    }
}
