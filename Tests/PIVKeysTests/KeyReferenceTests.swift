// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceKeys
import Testing

@testable import PIVKeys

@Suite struct KeyReferenceTests {
    static let references = [
        KeyReference(
            card: .serial(4_294_967_295), slot: .authentication, algorithm: .p256, pinPolicy: .once,
            touchPolicy: .cached),
        KeyReference(
            card: .guid(Array(0...15)), slot: .cardAuthentication, algorithm: .rsa4096, pinPolicy: .standard,
            touchPolicy: .standard),
        KeyReference(
            card: nil, slot: .signature, algorithm: .ed25519, pinPolicy: .always, touchPolicy: .never),
    ]

    @Test(arguments: references)
    func handlesAreReadAsTheyWereWritten(reference: KeyReference) throws {
        #expect(try KeyReference(handle: try reference.encoded()) == reference)
    }

    @Test func theFormIsFixed() throws {
        let text = String(decoding: try Self.references[0].encoded(), as: UTF8.self)
        #expect(
            text == #"{"algorithm":"P-256","pin":"once","serial":4294967295,"slot":"9a","touch":"cached","v":1}"#)
    }

    @Test(arguments: [
        "", "{}", #"{"v":1}"#, #"{"algorithm":"P-256","pin":"once","slot":"9b","touch":"cached","v":1}"#,
        #"{"algorithm":"P-521","pin":"once","slot":"9a","touch":"cached","v":1}"#,
        #"{"algorithm":"P-256","guid":"00","pin":"once","slot":"9a","touch":"cached","v":1}"#,
        #"{"algorithm":"P-256","pin":"once","slot":"9a","touch":"cached","v":2}"#,
    ])
    func whatIsNoHandleIsDamaged(text: String) {
        let error = #expect(throws: DeviceKeyError.self) { try KeyReference(handle: Array(text.utf8)) }
        #expect(error?.code == .keyDamaged)
    }

    @Test func handlesAreBounded() throws {
        let handle = try Self.references[0].encoded() + [UInt8](repeating: 0x20, count: 1000)
        #expect(throws: DeviceKeyError.self) { try KeyReference(handle: handle) }
    }
}
