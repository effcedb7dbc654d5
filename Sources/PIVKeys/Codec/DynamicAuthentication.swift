// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The template of GENERAL AUTHENTICATE (NIST SP 800-73-4 Part 2 §3.2.4, Table 7).
enum DynamicAuthentication {
    static let witness: UInt32 = 0x80
    static let challenge: UInt32 = 0x81
    static let response: UInt32 = 0x82

    /// The command's data.
    static func request(_ objects: [BERTLV]) -> [UInt8] { BERTLV(0x7C, objects).encoded }

    /// One object of the answer.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``.
    static func value(_ tag: UInt32, in answer: [UInt8]) throws(CardFailure) -> [UInt8] {
        let inner = try BERTLV.value(of: 0x7C, in: answer, what: "authentication template")
        guard let value = try BERTLV.all(in: inner, of: "authentication template").value(tag), !value.isEmpty else {
            throw .malformed("authentication template")
        }
        return value
    }
}
