// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a query of somebody else's gave no answer.
package enum ConfinedQueryError: Error, Hashable, Sendable {
    /// It is longer than is taken, in bytes.
    case tooLong(limit: Int)
    /// It has a zero byte.
    case zeroByte
    /// It is not one statement that ends with `;`.
    case notOneStatement
    /// It uses what is not allowed: the action, table or function.
    case notAllowed(String)
    /// SQLite does not understand it, or failed on it; SQLite's own words.
    case failed(String)
    /// It answers with this many columns, which are not one.
    case columns(Int)
    /// It answers with no row.
    case noRow
    /// It answers with more than one row.
    case severalRows
    /// It answers NULL.
    case null
    /// It answers with bytes, or with a text that is no UTF-8 or has a zero byte.
    case notText
    /// Its answer is longer than is taken, in bytes.
    case answerTooLong(limit: Int)
    /// It ran longer than it may.
    case tookTooLong
    /// It wants more memory than it may have.
    case tooMuchMemory
}

extension ConfinedQueryError: CustomStringConvertible {
    /// The failure as a sentence without its full stop.
    package var description: String {
        switch self {
        case .tooLong(let limit): "the query is longer than \(limit) bytes"
        case .zeroByte: "the query has a zero byte"
        case .notOneStatement: "the query is not one statement that ends with ';'"
        case .notAllowed(let what): "the query may not use \(what)"
        case .failed(let words): "the query failed: \(words)"
        case .columns(let count): "the query answers with \(count) columns, and has to answer with one"
        case .noRow: "the query answers with no row, and has to answer with one"
        case .severalRows: "the query answers with more than one row, and has to answer with one"
        case .null: "the query answers NULL"
        case .notText: "the query answers with bytes that are no text"
        case .answerTooLong(let limit): "the query's answer is longer than \(limit) bytes"
        case .tookTooLong: "the query took too long"
        case .tooMuchMemory: "the query wants more memory than it may have"
        }
    }
}
