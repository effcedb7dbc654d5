// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import BlockingExecutors
internal import Cryptography

/// A PIV card as it is shown to a person. What it says of itself is the card's word, and is shown with care.
package struct PIVCard: Hashable, Sendable {
    /// A slot that holds a key or a certificate.
    package struct Slot: Hashable, Sendable {
        package var slot: PIVSlot
        /// The key's algorithm; `nil` where it is not known, or not one that is spoken here.
        package var algorithm: PIVAlgorithm?
        /// The certificate's subject (RFC 2253); `nil` where there is no certificate that can be read.
        package var certificateSubject: String?
        /// When the certificate ends to count, in seconds since 1970.
        package var certificateNotAfter: Int64?
        package var pinPolicy: PIVPINPolicy
        package var touchPolicy: PIVTouchPolicy
    }

    /// The reader's name.
    package var reader: String
    /// The name of the hardware for a person.
    package var name: String
    /// By what the card is chosen: its serial number or GUID; `nil` for a card without either.
    package var serial: String?
    /// A YubiKey's firmware.
    package var firmware: FirmwareVersion?
    /// How many wrong PINs are left, where the card says so.
    package var pinTriesLeft: Int?
    /// The slots that hold something.
    package var slots: [Slot]
    /// Why the card could not be read; `nil` where it could.
    package var problem: String?

    /// Reads a card.
    init(_ session: PIVSession) throws(CardFailure) {
        reader = session.card.reader
        let identity = try session.identity()
        name = DeviceName.of(reader: reader, identity: identity)
        serial = identity?.text
        let firmware = try session.firmware()
        self.firmware = firmware
        pinTriesLeft = try? session.pinState().triesLeft
        slots = []
        for slot in PIVSlot.all {
            let survey = try SlotSurvey(session, slot, isYubiKey: firmware != nil)
            if survey.isOccupied { slots.append(Slot(survey)) }
        }
    }

    init(reader: String, problem: String) {
        self.reader = reader
        name = DeviceName.of(reader: reader, identity: nil)
        slots = []
        self.problem = problem
    }
}

extension PIVCard.Slot {
    init(_ survey: SlotSurvey) {
        slot = survey.slot
        algorithm = survey.algorithm ?? survey.algorithmIdentifier.flatMap(PIVAlgorithm.init(identifier:))
        let certificate = survey.certificate.flatMap { try? Certificate(der: $0) }
        certificateSubject = certificate?.subject
        certificateNotAfter = certificate?.notAfter
        pinPolicy = survey.pinPolicy
        touchPolicy = survey.touchPolicy
    }
}

/// The PIV cards that are plugged in.
package enum PIVCards {
    private static let executor = BlockingSerialExecutor(label: "countersign.piv-cards")

    /// Reads them, which takes a second or so each. A card that cannot be read is listed with the reason.
    ///
    /// - Throws: ``DeviceKeyError`` where the machine has no smart card service.
    package static func list(
        of service: any SmartCardService = PCSCService(), patience: Duration = .seconds(5)
    ) async throws -> [PIVCard] {
        try await withCheckedThrowingContinuation { continuation in
            executor.run { continuation.resume(with: Result { try read(service, patience) }) }
        }
    }

    private static func read(_ service: any SmartCardService, _ patience: Duration) throws -> [PIVCard] {
        var cards: [PIVCard] = []
        do {
            let failures = try CardAccess(service: service, patience: patience).everyCard {
                cards.append(try PIVCard($0))
            }
            cards += failures.map { PIVCard(reader: $0.reader, problem: $0.failure.description) }
        } catch let failure as CardFailure {
            throw failure.deviceKeyError
        }
        return cards
    }

    /// Whether a card is the one that a person means: by its serial number or GUID, or a part of its reader's name.
    static func matches(_ wanted: String?, reader: String, identity: CardIdentity?) -> Bool {
        guard let wanted else { return true }
        if let identity, identity.text == wanted.lowercased() { return true }
        return !wanted.isEmpty && reader.lowercased().contains(wanted.lowercased())
    }
}
