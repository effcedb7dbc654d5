// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text with the letters a to z as capitals, and all others as they are: names of documents are of ASCII, and `ı` is
    /// no `I`.
    var asciiUppercased: String { mappingASCII(from: UInt8(ascii: "a")...UInt8(ascii: "z"), by: { $0 - 32 }) }

    /// The text with the letters A to Z as small ones, and all others as they are.
    var asciiLowercased: String { mappingASCII(from: UInt8(ascii: "A")...UInt8(ascii: "Z"), by: { $0 + 32 }) }

    private func mappingASCII(from letters: ClosedRange<UInt8>, by change: (UInt8) -> UInt8) -> String {
        String(decoding: utf8.map { letters.contains($0) ? change($0) : $0 }, as: UTF8.self)
    }
}
