// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

extension PIVSession {
    /// Signs with a slot's key (GENERAL AUTHENTICATE, NIST SP 800-73-4 Part 2 §3.2.4).
    ///
    /// - Returns: the signature in X.509's form: ECDSA in DER.
    func sign(_ message: [UInt8], with slot: PIVSlot, _ algorithm: PIVAlgorithm) throws(CardFailure) -> [UInt8] {
        let input = SignatureInput.bytes(for: message, algorithm)
        let data = DynamicAuthentication.request([
            BERTLV(DynamicAuthentication.response, [UInt8]()), BERTLV(DynamicAuthentication.challenge, input),
        ])
        let answer = try demand(
            CommandAPDU(ins: 0x87, p1: algorithm.identifier, p2: slot.reference, data: data, expectsData: true),
            "to sign with slot \(slot)")
        return try DynamicAuthentication.value(DynamicAuthentication.response, in: answer)
    }

    /// Makes a key in a slot; the management key was shown before (Part 2 §3.3.2). The key that was there is gone.
    func generate(
        in slot: PIVSlot, _ algorithm: PIVAlgorithm, pinPolicy: PIVPINPolicy, touchPolicy: PIVTouchPolicy
    ) throws(CardFailure) -> PublicKey {
        var parameters = [BERTLV(0x80, [algorithm.identifier])]
        // Other cards do not know these: they are left out where nothing else than usual is wanted.
        if pinPolicy != .standard { parameters.append(BERTLV(0xAA, [pinPolicy.identifier])) }
        if touchPolicy != .standard { parameters.append(BERTLV(0xAB, [touchPolicy.identifier])) }
        let answer = try demand(
            CommandAPDU(ins: 0x47, p2: slot.reference, data: BERTLV(0xAC, parameters).encoded, expectsData: true),
            "to make a key in slot \(slot)")
        return try PublicKeyTemplate.readAnswer(answer, as: algorithm)
    }
}
