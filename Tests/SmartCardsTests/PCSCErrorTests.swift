// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SmartCards

@Suite struct PCSCErrorTests {
    /// SCARD_W_RESET_CARD, and what comes in its place while the card has no protocol (SCARD_E_PROTO_MISMATCH).
    @Test(arguments: [0x8010_0068, 0x8010_000F])
    func anotherProgramsResetIsKnownAlsoWhileItIsUnderWay(_ code: Int) {
        #expect(throws: PCSCError.reset) { try check(code) }
    }
}
