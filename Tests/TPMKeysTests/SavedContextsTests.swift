// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import CLibtss2
import Glibc
import Testing

@testable import TPMKeys

@Suite struct SavedContextsTests {
    private func context() throws -> SavedContext {
        let bytes = try #require(calloc(1, MemoryLayout<TPMS_CONTEXT>.size))
        return SavedContext(owning: bytes.bindMemory(to: TPMS_CONTEXT.self, capacity: 1))
    }

    @Test func thereAreNeverMoreThanSoMany() throws {
        let contexts = SavedContexts()
        for number in 0..<64 { contexts[[UInt8(number)]] = try context() }
        contexts[[5]] = try context()
        contexts[[6]] = nil
        #expect((0..<64).count { contexts[[UInt8($0)]] != nil } == 63)
        contexts[[6]] = try context()
        contexts[[64]] = try context()
        #expect((0...64).count { contexts[[UInt8($0)]] != nil } == 1)
    }
}
