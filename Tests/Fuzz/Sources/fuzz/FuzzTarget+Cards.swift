// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

@testable internal import PIVKeys

extension FuzzTarget {
    /// What smart cards and their readers say.
    static let cardTargets: [String: Body] = [
        "card-objects": { input in
            guard let objects = try? BERTLV.all(in: input, of: "fuzz") else { return }
            let written = objects.flatMap(\.encoded)
            expect(written.count <= input.count, "the shortest lengths are not longer")
            expect((try? BERTLV.all(in: written, of: "fuzz")) == objects, "what was written is read as the same")
        },
        "card-certificate": { input in
            guard let object = try? CertificateObject(input) else { return }
            expect(object.certificate.count <= CertificateObject.largest, "certificates are bounded")
        },
        "card-metadata": { _ = try? SlotMetadata($0) },
        "card-public-key": { input in
            for algorithm in PIVAlgorithm.allCases {
                guard let key = try? PublicKeyTemplate.readAnswer(input, as: algorithm) else { continue }
                expect(PIVAlgorithm(of: key) == algorithm, "a key is of the algorithm that was asked for")
            }
        },
        "card-identity": { input in
            if let guid = try? CardHolderUniqueIdentifier.guid(in: input) {
                expect(guid.count == 16, "a GUID is 16 bytes")
            }
            _ = try? DiscoveryObject.pinReference(in: input)
            _ = try? AdminData(input)
            if let key = try? ProtectedManagementKey.key(in: input) {
                expect(key.lowerBound >= 0 && key.upperBound <= input.count, "the key is in the answer")
            }
        },
        "card-answer-to-reset": { input in
            let answer = AnswerToReset(input)
            expect(answer.historicalBytes.count <= 15, "the historical bytes are 15 at most")
            _ = answer.supportsExtendedLength
            _ = ReaderFeatures.verifyPINDirect(in: input)
        },
        "card-key-reference": { input in
            guard let reference = try? KeyReference(handle: input) else { return }
            guard let written = try? reference.encoded() else { return }
            expect((try? KeyReference(handle: written)) == reference, "what was written is read as the same")
        },
        "certificate": { input in
            guard let certificate = try? Certificate(der: input) else { return }
            expect(certificate.der == input, "a certificate is what it was read from")
            _ = AttestedPolicies.find(in: certificate)
        },
        "card-session": { input in
            let card = CardInReader(reader: "fuzz", answerToReset: Array(input.prefix(20)))
            guard let session = try? PIVSession(card, of: ScriptedCards(input), patience: .zero) else { return }
            _ = try? PIVCard(session)
            _ = try? session.pinState()
            _ = try? session.verify(SecretBytes(copying: [1, 2, 3, 4, 5, 6, 7, 8]), of: 0x80)
            _ = try? session.authenticate(with: .factory)
            _ = try? session.sign([1], with: .authentication, .p256)
            _ = try? session.generate(in: .authentication, .p256, pinPolicy: .once, touchPolicy: .always)
            session.close()
        },
    ]
}

/// A card that answers what the input says: a length, and that many bytes; nothing any more at its end.
private struct ScriptedCards: SmartCardService {
    let script: [UInt8]

    init(_ script: [UInt8]) { self.script = script }

    func cards() -> [CardInReader] { [] }
    func connect(to card: CardInReader, patience: Duration) -> any CardConnection { ScriptedCard(script) }
}

private final class ScriptedCard: CardConnection {
    private var rest: ArraySlice<UInt8>

    init(_ script: [UInt8]) { rest = script[...] }

    var usesT0: Bool { false }
    func beginTransaction(patience: Duration) {}
    func endTransaction() {}
    func disconnect() {}

    func transmit(_ command: [UInt8]) throws(CardFailure) -> [UInt8] {
        guard let length = rest.popFirst() else { throw .removed }
        // A length of 0 stands for the plainest answer, so that inputs get far.
        guard length > 0 else { return [0x90, 0x00] }
        let answer = Array(rest.prefix(Int(length)))
        rest = rest.dropFirst(answer.count)
        return answer
    }

    func control(_ code: UInt32, _ data: [UInt8]) throws(CardFailure) -> [UInt8] { throw .removed }
}
