// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals

/// What is expected of one signal of a machine: a line of a table.
///
/// `NAME known VALUE`, `NAME unknown`, `NAME notApplicable`; after `unknown:` and `notApplicable:` stands a part of the reason.
struct Expectation: Sendable {
    let name: SignalName
    private let state: Substring
    private let rest: String

    /// The lines of a table; empty ones and those that begin with `#` are left out.
    static func table(_ text: String) -> [Expectation] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            // The columns are set apart with one blank or more.
            func column(_ text: Substring) -> (Substring, Substring) {
                let word = text.prefix { $0 != " " }
                return (word, text[word.endIndex...].drop { $0 == " " })
            }
            let (name, tail) = column(line)
            let (state, rest) = column(tail)
            guard !state.isEmpty else { return nil }
            return Expectation(name: SignalName(rawValue: String(name)), state: state, rest: String(rest))
        }
    }

    /// Whether a state is the expected one.
    func isMet(by found: SignalState?) -> Bool {
        switch (state, found) {
        case ("known", .known(let value)): value.description == rest
        case ("unknown", .unknown), ("notApplicable", .notApplicable): true
        case ("unknown:", .unknown(let reason)), ("notApplicable:", .notApplicable(let reason)): reason.contains(rest)
        default: false
        }
    }
}
