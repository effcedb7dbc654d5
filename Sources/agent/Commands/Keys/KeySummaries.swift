// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent
internal import Cryptography
internal import DeviceKeys
internal import FIDO2Keys
internal import PIVKeys
internal import Pinentry
internal import TPMKeys

/// A security key, as it is listed.
struct SecurityKeySummary: KeySummary {
    let path: String
    let product: String
    let manufacturer: String
    let serial: String?
    let model: String?
    let versions: [String]
    let hasPIN: Bool
    let pinTriesLeft: Int?
    let verifiesByItself: Bool
    let alwaysVerifies: Bool
    let onReader: Bool

    init(_ key: SecurityKey) {
        path = key.path
        product = key.product
        manufacturer = key.manufacturer
        serial = key.serial
        model = key.model
        versions = key.versions
        hasPIN = key.hasPIN
        pinTriesLeft = key.pinTries
        verifiesByItself = key.hasBuiltInVerification
        alwaysVerifies = key.isAlwaysVerifying
        onReader = key.isOnReader
    }

    var lines: [String] {
        let pin = hasPIN ? "PIN set" + (pinTriesLeft.map { ", \($0) tries left" } ?? "") : "no PIN"
        let extras = (verifiesByItself ? ["fingerprint"] : []) + (alwaysVerifies ? ["always verifies"] : [])
        return [
            "\(DisplayText(path, limit: 100))  \(DisplayText(manufacturer)) \(DisplayText(product))"
                + (serial.map { ", serial \(DisplayText($0))" } ?? ""),
            "  " + ([pin] + extras + [versions.joined(separator: " ")]).joined(separator: "; "),
        ]
    }
}

/// A smart card, as it is listed.
struct SmartCardSummary: KeySummary {
    /// A slot that holds something.
    struct Slot: Encodable {
        let slot: String
        let algorithm: String?
        let certificateSubject: String?
        let certificateNotAfter: Int64?
        let pinPolicy: String
        let touchPolicy: String
    }

    let reader: String
    let name: String
    let serial: String?
    let firmware: String?
    let pinTriesLeft: Int?
    let slots: [Slot]
    let problem: String?

    init(_ card: PIVCard) {
        reader = card.reader
        name = card.name
        serial = card.serial
        firmware = card.firmware.map { "\($0)" }
        pinTriesLeft = card.pinTriesLeft
        problem = card.problem
        slots = card.slots.map {
            Slot(
                slot: "\($0.slot)", algorithm: $0.algorithm.map { "\($0)" }, certificateSubject: $0.certificateSubject,
                certificateNotAfter: $0.certificateNotAfter, pinPolicy: "\($0.pinPolicy)",
                touchPolicy: "\($0.touchPolicy)")
        }
    }

    var lines: [String] {
        if let problem { return ["\(DisplayText(reader, limit: 80)): \(DisplayText(problem, limit: 300))"] }
        let tries = pinTriesLeft.map { "; PIN: \($0) tries left" } ?? ""
        return [
            "\(DisplayText(reader, limit: 80))  \(DisplayText(name))"
                + (serial.map { ", serial \(DisplayText($0))" } ?? "")
                + tries
        ]
            + slots.map { slot in
                "  \(slot.slot)  \(slot.algorithm ?? "unknown key")"
                    + (slot.certificateSubject.map { "  \(DisplayText($0, limit: 120))" } ?? "  no certificate")
                    + "  PIN: \(slot.pinPolicy), touch: \(slot.touchPolicy)"
            }
    }
}

/// The TPM, as it is listed.
struct TPMSummary: KeySummary {
    let manufacturer: String
    let vendor: String
    let firmware: String
    let specification: String
    let hasEndorsementCertificate: Bool
    let isLocked: Bool
    let pinTriesLeft: Int
    let usable: Bool
    let problem: String?

    init(_ status: TPMStatus) {
        manufacturer = status.manufacturer
        vendor = status.vendor
        firmware = status.firmware
        specification = status.specification
        hasEndorsementCertificate = status.hasEndorsementCertificate
        isLocked = status.dictionaryAttack.isLocked
        pinTriesLeft = status.dictionaryAttack.triesLeft
        switch status.availability {
        case .available: (usable, problem) = (true, nil)
        case .unavailable(let reason): (usable, problem) = (false, reason)
        }
    }

    var lines: [String] {
        [
            "\(DisplayText(manufacturer)) \(DisplayText(vendor)), firmware \(firmware), TPM 2.0 revision \(specification)",
            "  " + (hasEndorsementCertificate ? "endorsement certificate" : "no endorsement certificate")
                + (isLocked ? "; locked against guessing" : "; \(pinTriesLeft) wrong PINs left")
                + (problem.map { "; \(DisplayText($0, limit: 300))" } ?? ""),
        ]
    }
}

/// A key of an enrolment, as it is listed.
struct EnrolledKeySummary: KeySummary {
    let id: String
    let name: String?
    let kind: String
    let purpose: String
    let algorithm: String
    /// Whether another key of the purpose is tried before.
    let spare: Bool
    /// Whether the verifier is known to have it; until then it signs nothing.
    let confirmed: Bool
    /// Whether the verifier knows by an attestation that it is in hardware; absent where that is not known here.
    let attested: Bool?
    let enrollment: String
    let organization: String
    let username: String

    init(_ key: StoredKey, of enrollment: Enrollment) {
        id = key.id
        name = enrollment.keyNames[key.id]
        kind = key.kind.rawValue
        purpose = key.purpose.rawValue
        algorithm = key.publicKey.algorithm.rawValue
        spare = enrollment.spares.contains { $0.id == key.id }
        confirmed = !enrollment.unconfirmedKeys.contains { $0.id == key.id }
        attested = enrollment.attested[key.id]
        self.enrollment = enrollment.id
        organization = enrollment.organizationName
        username = enrollment.username
    }

    /// Of a key in a file there is nothing to attest.
    private var proof: String {
        guard kind != KeyKind.software.rawValue, let attested else { return "" }
        return attested ? ", attested" : ", not attested"
    }

    var lines: [String] {
        [
            "\(DisplayText(id))  " + (name.map { "“\(DisplayText($0))”  " } ?? "")
                + "\(kind) \(algorithm), \(purpose)\(spare ? ", spare" : "")\(proof), of \(DisplayText(username)) at "
                + "\(DisplayText(organization))"
                + (confirmed ? "" : "; not confirmed by the verifier, so it is not used yet")
        ]
    }
}
