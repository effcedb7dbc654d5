// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@Suite struct TraceParentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test func aHeaderIsReadAsItIsWritten() throws {
        for (flags, isSampled) in [("00", false), ("01", true)] {
            let header = "00-\(Self.trace)-\(Self.span)-\(flags)"
            let parent = try #require(TraceParent(header))
            #expect(parent.traceID == Self.trace && parent.spanID == Self.span && parent.isSampled == isSampled)
            #expect(parent.description == header)
        }
    }

    @Test func oneFlagAloneSaysThatItIsRecorded() throws {
        #expect(try #require(TraceParent("00-\(Self.trace)-\(Self.span)-03")).isSampled)
        #expect(try !#require(TraceParent("00-\(Self.trace)-\(Self.span)-fe")).isSampled)
    }

    @Test func laterVersionsMayAddToIt() {
        #expect(TraceParent("cc-\(Self.trace)-\(Self.span)-01") != nil)
        #expect(TraceParent("cc-\(Self.trace)-\(Self.span)-01-what-comes-then") != nil)
        let long = "cc-\(Self.trace)-\(Self.span)-01-" + String(repeating: "a", count: TraceParent.maximumLength)
        #expect(TraceParent(long) == nil)
    }

    @Test(arguments: [
        "", "-", "---", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-1",
        "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more", "0-\(trace)-\(span)-01", "ff-\(trace)-\(span)-01",
        "cc-\(trace)-\(span)-01more", "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01",
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01", "00-\(trace)a-\(span)-01",
        "00-\(trace.dropLast())-\(span)-01", "00-\(trace.dropLast())+-\(span)-01", "00-\(trace.dropLast())é-\(span)-01",
        "00-\(trace)-\(span)-+1", " 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01 ",
    ])
    func whatIsNoneIsNone(_ header: String) {
        #expect(TraceParent(header) == nil)
    }

    @Test func aPlaceIsItsOwn() throws {
        let first = TraceParent(within: nil, isSampled: true)
        let second = TraceParent(within: nil, isSampled: false)
        #expect(first.traceID != second.traceID && first.spanID != second.spanID)
        #expect(first.isSampled && !second.isSampled)
        #expect(TraceParent(first.description) == first)
        let child = TraceParent(within: second, isSampled: true)
        #expect(child.traceID == second.traceID && child.spanID != second.spanID && !child.isSampled)
    }
}
