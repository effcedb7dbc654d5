// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The secret that lets keys be made and objects be written (NIST SP 800-73-4 Part 1 §3.3.4; SP 800-78-5 Table 12).
struct ManagementKey: Sendable {
    /// The key reference.
    static let reference: UInt8 = 0x9B

    let bytes: SecretBytes

    init(bytes: SecretBytes) { self.bytes = bytes }

    /// The key that YubiKeys and many other cards come with; everybody knows it.
    static let factory = ManagementKey(
        bytes: SecretBytes(copying: (0..<3).flatMap { _ in (1...8).map(UInt8.init) }))

    /// A key that a person typed in hexadecimal digits; nothing typed stands for the factory's. `nil` where it is neither.
    init?(digits: SecretBytes) {
        if digits.count == 0 {
            self = .factory
            return
        }
        guard [32, 48, 64].contains(digits.count), let bytes = Hexadecimal.secret(digits) else { return nil }
        self.bytes = bytes
    }

    /// The ciphers that a key of this size may be for, with the identifiers of their algorithms.
    var candidates: [(identifier: UInt8, cipher: BlockCipher)] {
        Self.ciphers.filter { $0.cipher.keySize == bytes.count }
    }

    /// All ciphers of management keys, by the identifiers of their algorithms.
    static let ciphers: [(identifier: UInt8, cipher: BlockCipher)] = [
        (0x03, .tripleDES), (0x08, .aes128), (0x0A, .aes192), (0x0C, .aes256),
    ]
}

extension PIVSession {
    /// Shows the card that its management key is known, and has the card show the same (mutual authentication, Part 2 §3.2.4
    /// and Appendix A.1); a card that does not do that is content with the one half.
    ///
    /// - Returns: whether the key is right.
    func authenticate(with key: ManagementKey) throws -> Bool {
        var candidates = key.candidates
        if let algorithm = try hint(of: ManagementKey.reference)?.algorithm {
            candidates.removeAll { $0.identifier != algorithm }
        }
        for (identifier, cipher) in candidates {
            switch try mutual(identifier, cipher, key) ?? external(identifier, cipher, key) {
            case true?: return true
            case false?: return false
            case nil: continue
            }
        }
        return false
    }

    /// Both sides show that they know the key; `nil` where the card does not know this algorithm or does no such thing.
    private func mutual(_ identifier: UInt8, _ cipher: BlockCipher, _ key: ManagementKey) throws -> Bool? {
        let first = try authenticate(identifier, [BERTLV(DynamicAuthentication.witness, [UInt8]())])
        guard first.status == .success else { return nil }
        let witness = try DynamicAuthentication.value(DynamicAuthentication.witness, in: first.data)
        guard witness.count == cipher.blockSize else { throw CardFailure.malformed("witness") }
        let challenge = try SecureRandom.bytes(cipher.blockSize)
        let second = try authenticate(
            identifier,
            [
                BERTLV(DynamicAuthentication.witness, try cipher.decrypt(witness, key: key.bytes)),
                BERTLV(DynamicAuthentication.challenge, challenge),
            ])
        guard second.status == .success else { return try isRefusal(second.status) }
        let response = try DynamicAuthentication.value(DynamicAuthentication.response, in: second.data)
        return ConstantTime.equal(response, try cipher.encrypt(challenge, key: key.bytes))
    }

    /// This side shows that it knows the key.
    private func external(_ identifier: UInt8, _ cipher: BlockCipher, _ key: ManagementKey) throws -> Bool? {
        let first = try authenticate(identifier, [BERTLV(DynamicAuthentication.challenge, [UInt8]())])
        guard first.status == .success else { return nil }
        let challenge = try DynamicAuthentication.value(DynamicAuthentication.challenge, in: first.data)
        guard challenge.count == cipher.blockSize else { throw CardFailure.malformed("challenge") }
        let second = try authenticate(
            identifier, [BERTLV(DynamicAuthentication.response, try cipher.encrypt(challenge, key: key.bytes))])
        return try second.status == .success ? true : isRefusal(second.status)
    }

    private func authenticate(_ identifier: UInt8, _ objects: [BERTLV]) throws(CardFailure) -> ResponseAPDU {
        try send(
            CommandAPDU(
                ins: 0x87, p1: identifier, p2: ManagementKey.reference, data: DynamicAuthentication.request(objects),
                expectsData: true))
    }

    private func isRefusal(_ status: StatusWord) throws(CardFailure) -> Bool {
        let wrongKey: [StatusWord] = [
            .securityStatusNotSatisfied, .incorrectData, .conditionsNotSatisfied, StatusWord(0x6300),
        ]
        guard wrongKey.contains(status) || status.triesLeft.map({ $0 > 0 }) == true else {
            throw .refused(status, "the management key")
        }
        return false
    }
}
