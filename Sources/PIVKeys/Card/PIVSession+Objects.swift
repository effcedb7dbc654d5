// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

extension PIVSession {
    /// The value of a data object; `nil` where the card has none (GET DATA, NIST SP 800-73-4 Part 2 §3.1.2).
    ///
    /// - Throws: ``CardFailure/refused(_:_:)`` where the card wants a PIN first.
    func object(_ tag: UInt32) throws(CardFailure) -> [UInt8]? {
        let answer = try send(
            CommandAPDU(ins: 0xCB, p1: 0x3F, p2: 0xFF, data: Self.tagList(tag), expectsData: true))
        if answer.status.meansAbsent { return nil }
        guard answer.status == .success else { throw .refused(answer.status, "to read an object") }
        // The discovery object carries its own tag, all others 53.
        let outer = tag == DiscoveryObject.object ? tag : 0x53
        return try BERTLV.value(of: outer, in: answer.data, what: "data object")
    }

    /// Writes a data object; the management key was shown before (PUT DATA, Part 2 §3.3.1).
    func write(_ value: [UInt8], to tag: UInt32) throws(CardFailure) {
        let data = Self.tagList(tag) + BERTLV(0x53, value).encoded
        _ = try demand(CommandAPDU(ins: 0xDB, p1: 0x3F, p2: 0xFF, data: data), "to write an object")
    }

    private static func tagList(_ tag: UInt32) -> [UInt8] { BERTLV(0x5C, BERTLV.bytes(of: tag)).encoded }

    /// The management key that is kept behind the PIN, which was shown before; `nil` where there is none. The card's answer is
    /// wiped.
    func protectedManagementKey() throws(CardFailure) -> SecretBytes? {
        var answer = try send(
            CommandAPDU(
                ins: 0xCB, p1: 0x3F, p2: 0xFF, data: Self.tagList(ProtectedManagementKey.object), expectsData: true))
        defer { _ = SecretBytes(wiping: &answer.data) }
        if answer.status.meansAbsent { return nil }
        guard answer.status == .success else { throw .refused(answer.status, "to read an object") }
        return try ProtectedManagementKey.key(in: answer.data).map { SecretBytes(copying: answer.data[$0]) }
    }

    /// A slot's certificate; `nil` where there is none.
    func certificate(in slot: PIVSlot) throws(CardFailure) -> [UInt8]? {
        guard let value = try object(slot.certificateObject) else { return nil }
        let certificate = try CertificateObject(value).certificate
        return certificate.isEmpty ? nil : certificate
    }

    /// A YubiKey's firmware; `nil` for other cards.
    func firmware() throws(CardFailure) -> FirmwareVersion? {
        let answer = try send(CommandAPDU(ins: 0xFD, expectsData: true))
        guard answer.status == .success, answer.data.count == 3 else { return nil }
        isKnownYubiKey = true
        return FirmwareVersion(answer.data[0], answer.data[1], answer.data[2])
    }

    /// By what the card is known again; `nil` for a card that nobody gave a name.
    func identity() throws(CardFailure) -> CardIdentity? {
        let answer = try send(CommandAPDU(ins: 0xF8, expectsData: true))
        if answer.status == .success, answer.data.count == 4 {
            isKnownYubiKey = true
            return .serial(answer.data.reduce(0) { $0 << 8 | UInt32($1) })
        }
        guard let value = try object(CardHolderUniqueIdentifier.object) else { return nil }
        return try CardHolderUniqueIdentifier.guid(in: value).map(CardIdentity.guid)
    }

    /// What a YubiKey says of a slot or a secret; `nil` where there is none, or the card does not know the question.
    ///
    /// - Throws: ``CardFailure/refused(_:_:)`` where it answers otherwise: that is not to say that there is nothing.
    func metadata(of reference: UInt8) throws(CardFailure) -> SlotMetadata? {
        let answer = try send(CommandAPDU(ins: 0xF7, p2: reference, expectsData: true))
        if answer.status.meansAbsent || answer.status.meansUnknownCommand { return nil }
        guard answer.status == .success else { throw .refused(answer.status, "to tell what a slot holds") }
        return try SlotMetadata(answer.data)
    }

    /// As ``metadata(of:)``, for hints that may be missing, of a card of any kind; `nil` also where it refuses.
    func hint(of reference: UInt8) throws(CardFailure) -> SlotMetadata? {
        do throws(CardFailure) { return try metadata(of: reference) } catch {
            guard case .refused = error else { throw error }
            return nil
        }
    }

    /// A certificate that the card makes now for a slot's key, or why there is none.
    func attestation(of slot: PIVSlot) throws(CardFailure) -> SlotAttestation {
        let answer = try send(CommandAPDU(ins: 0xF9, p1: slot.reference, expectsData: true))
        guard answer.status == .success else { return SlotAttestation(without: answer.status) }
        guard !answer.data.isEmpty else { throw .malformed("attestation") }
        return .certificate(answer.data)
    }
}
