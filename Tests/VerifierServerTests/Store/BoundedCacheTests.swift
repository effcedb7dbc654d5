// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import VerifierServer

@Suite struct BoundedCacheTests {
    @Test func memoryIsBounded() {
        let cache = BoundedCache<Int, Int>(limit: 100)
        for number in 0..<10_000 {
            cache.remember(number, for: number)
            _ = cache[number / 2]
        }
        #expect(cache.count <= 100)
        #expect(cache[9_999] == 9_999)
    }

    @Test func whatIsUsedStays() {
        let cache = BoundedCache<Int, Int>(limit: 100)
        cache.remember(1, for: -1)
        for number in 0..<10_000 {
            cache.remember(number, for: number)
            if number.isMultiple(of: 20) { #expect(cache[-1] == 1) }
        }
        #expect(cache[-1] == 1)
        #expect(cache[0] == nil)
    }

    @Test func lastWordOfAKeyCounts() {
        let cache = BoundedCache<Int, Int>(limit: 4)
        for value in 0..<50 {
            cache.remember(value, for: 1)
            cache.remember(0, for: value + 100)
            #expect(cache[1] == value)
        }
    }
}
