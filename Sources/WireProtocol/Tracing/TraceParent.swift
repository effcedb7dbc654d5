// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The place of a piece of work in a trace, as it goes from program to program in the header `traceparent` (W3C Trace Context §3.2).
public struct TraceParent: Hashable, Sendable, CustomStringConvertible {
    /// The trace: 32 digits of lowercase hexadecimal, not all of them zero.
    public let traceID: String
    /// The piece of work in it: 16 such digits.
    public let spanID: String
    /// Whether the trace is recorded.
    public let isSampled: Bool

    /// The longest header that is read, in bytes. What versions after 00 add is of no length that is known.
    public static let maximumLength = 256

    /// A place that nobody else has: within the trace of `parent` and recorded where that is, or of a trace of its own.
    public init(within parent: TraceParent?, isSampled: Bool) {
        traceID = parent?.traceID ?? Self.identifier(ofWords: 2)
        spanID = Self.identifier(ofWords: 1)
        self.isSampled = parent?.isSampled ?? isSampled
    }

    /// The header's value; `nil` where it is none. Of versions after 00 the part that they share with it is read (§3.2.4).
    public init?(_ header: String) {
        guard header.utf8.count <= Self.maximumLength else { return nil }
        let parts = header.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy(Self.isHexadecimal) else { return nil }
        let (version, flags) = (parts[0], parts[3])
        guard version != "ff", version != "00" || parts.count == 4 else { return nil }
        guard [parts[1], parts[2]].allSatisfy({ $0.contains { $0 != "0" } }) else { return nil }
        traceID = parts[1]
        spanID = parts[2]
        isSampled = UInt8(flags, radix: 16).map { $0 & 1 == 1 } ?? false
    }

    public var description: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static func isHexadecimal(_ text: String, count: Int) -> Bool {
        // Capitals are none (§3.2.2).
        text.utf8.count == count && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func identifier(ofWords count: Int) -> String {
        // Never zero, so neither is the whole.
        (0..<count).map { _ in
            let digits = String(UInt64.random(in: 1 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
