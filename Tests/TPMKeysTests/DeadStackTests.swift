// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TPMKeys

@Suite struct DeadStackTests {
    private static let mark: UInt64 = 0xD7C3_A5B1_9E8F_7D6B

    /// Leaves marks on 32 KiB of the stack, as a function that returned.
    @inline(never)
    private static func leave() -> Int {
        let frame = InlineArray<4096, UInt64>(repeating: mark)
        return withUnsafeBytes(of: frame) { $0.count }
    }

    /// Counts what is left of them, in memory that nobody has written to yet.
    @inline(never)
    private static func marks(_ kilobytes: Int = 40) -> Int {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 128) { words in
            let found = words.count { $0 == mark }
            return found + (kilobytes > 1 ? marks(kilobytes - 1) : 0)
        }
    }

    @Test func whatFunctionsLeftOnTheStackIsWiped() {
        #expect(Self.leave() == 32768)
        let left = Self.marks()
        #expect(Self.leave() == 32768)
        DeadStack.wipe()
        let leftAfterWiping = Self.marks()
        #expect(left > 256)
        #expect(leftAfterWiping == 0)
    }
}
