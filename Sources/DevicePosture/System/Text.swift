// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension StringProtocol {
    /// The text without white space around it.
    var trimmed: String {
        let start = drop { $0.isWhitespace || $0 == "\0" }
        return String(start.reversed().drop { $0.isWhitespace || $0 == "\0" }.reversed())
    }
}
