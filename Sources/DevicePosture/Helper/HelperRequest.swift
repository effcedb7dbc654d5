// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What is asked of the posture helper over a connection: the protocol's version, a letter for each question, a line feed.
///
/// Source: docs/posture-helper.md.
package struct HelperRequest: Hashable, Sendable {
    /// The version of the protocol that this build speaks.
    package static let version: Character = "1"
    /// The most questions of a request.
    package static let maximumQuestions = 32
    /// The longest request in bytes.
    package static let maximumLength = maximumQuestions + 2

    /// What is asked, each question once.
    package let questions: [PostureQuestion]

    /// A request of these questions, of which there are fewer than ``maximumQuestions``.
    package init(_ questions: [PostureQuestion]) { self.questions = questions }

    /// The request that bytes hold.
    ///
    /// A letter that stands for no question of this build is passed over: a newer agent may ask for more than an older helper
    /// knows.
    /// - Throws: ``HelperRefusal/malformed`` or ``HelperRefusal/otherVersion``.
    package init(parsing bytes: [UInt8]) throws(HelperRefusal) {
        guard (2...Self.maximumLength).contains(bytes.count), bytes.last == UInt8(ascii: "\n") else {
            throw .malformed
        }
        guard Self.character(bytes[0]) == Self.version else {
            throw Self.isDigit(bytes[0]) ? .otherVersion : .malformed
        }
        let letters = bytes[1..<(bytes.count - 1)]
        guard !letters.isEmpty, letters.allSatisfy(Self.isLetter), Set(letters).count == letters.count else {
            throw .malformed
        }
        questions = letters.compactMap { PostureQuestion(rawValue: Self.character($0)) }
    }

    /// The request as it is sent.
    package var bytes: [UInt8] {
        Array(String([Self.version] + questions.map(\.rawValue)).utf8) + [UInt8(ascii: "\n")]
    }

    private static func character(_ byte: UInt8) -> Character { Character(Unicode.Scalar(byte)) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
