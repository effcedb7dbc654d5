// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Testing
import WireProtocol

/// Compact JWSs of an independent library (Vectors/generate.py), and what must be said of each.
@Suite struct JWSVectorTests {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var jws: String
        var typ: String
        var expect: String
        var key: JWK?

        var testDescription: String { name }

        private enum CodingKeys: String, CodingKey { case name, jws, jwk, typ, expect }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            name = try values.decode(String.self, forKey: .name)
            jws = try values.decode(String.self, forKey: .jws)
            typ = try values.decode(String.self, forKey: .typ)
            expect = try values.decode(String.self, forKey: .expect)
            key = try? values.decode(JWK.self, forKey: .jwk)
        }

        /// All vectors of the file; none where it cannot be read, which the count below notices.
        static let all: [Vector] = {
            guard let folder = Bundle.module.url(forResource: "Vectors", withExtension: nil),
                let data = try? Data(contentsOf: folder.appendingPathComponent("jws.json"))
            else { return [] }
            return (try? JSONDecoder().decode([Vector].self, from: data)) ?? []
        }()
    }

    @Test(arguments: Vector.all)
    func readerSaysWhatTheVectorExpects(vector: Vector) {
        #expect(outcome(of: vector) == vector.expect)
    }

    @Test func vectorsAreManyAndMostlyNegative() {
        #expect(Vector.all.count > 30)
        #expect(Vector.all.filter { $0.expect == "success" }.count == 2)
    }

    private func outcome(of vector: Vector) -> String {
        guard let key = vector.key else { return "invalidKey" }
        do {
            let jws = try UnverifiedJWS(vector.jws)
            try jws.verify(type: vector.typ, with: key.publicKey)
            return "success"
        } catch {
            return "\(error)"
        }
    }
}
