// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import WireProtocol

@testable import AuthenticatorAgent

/// Enrolments where the organisation says what protection keys need.
@Suite struct KeyProtectionEnrollmentTests {
    @Test func keysInFilesAreNotEnrolledWhereEverySignInWantsHardware() async throws {
        let verifier = try await StubVerifier(.init(configuration: { $0.settings.keyProtection = "HARDWARE" }))
        let error = await #expect(throws: EnrollmentError.self) {
            _ = try await EnrollmentFlow(verifier.parts()).enroll(try verifier.wish())
        }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("wants a key in hardware") == true)
        #expect(error?.hint?.contains("--key fido2") == true)
        #expect(try verifier.posted().isEmpty)
        #expect(await verifier.keys.all.isEmpty)
    }

    @Test(arguments: [nil, "ANY", "SAFE"])
    func elsewhereTheyAre(_ said: String?) async throws {
        let verifier = try await StubVerifier(.init(configuration: { $0.settings.keyProtection = said }))
        _ = try await EnrollmentFlow(verifier.parts()).enroll(try verifier.wish())
        #expect(try verifier.posted().count == 1)
    }
}
