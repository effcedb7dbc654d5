// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension CardApplet {
    mutating func runExtension(_ command: Command) -> (UInt16, [UInt8]) {
        switch command.ins {
        case 0xFD: return (0x9000, settings.firmware)
        case 0xF8: return (0x9000, serialBytes)
        case 0xF7:
            if let refusal = settings.metadataRefusal { return (refusal, []) }
            return isOlder(than: 5, 3) ? (0x6D00, []) : metadata(command.p2)
        case 0xF9: return attest(command.p1)
        case 0xFF: return setManagementKey(command)
        case 0xFB:
            guard pin.left == 0, puk.left == 0 else { return (0x6985, []) }
            return reset()
        default: return (0x6D00, [])
        }
    }

    private var serialBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: settings.serial >> $0) } }

    private func isOlder(than major: UInt8, _ minor: UInt8) -> Bool {
        (settings.firmware[0], settings.firmware[1]) < (major, minor)
    }

    private func metadata(_ reference: UInt8) -> (UInt16, [UInt8]) {
        switch reference {
        case 0x80, 0x81:
            let secret = reference == 0x80 ? pin : puk
            let factory = CardSecret(reference == 0x80 ? "123456" : "12345678", tries: 3).value
            let tries = TLV.write(0x06, [UInt8(secret.most), UInt8(secret.left)])
            return (0x9000, TLV.write(0x01, [0xFF]) + TLV.write(0x05, [secret.value == factory ? 1 : 0]) + tries)
        case 0x9B:
            let isFactory = settings.managementKey == CardSettings(.yubiKey).managementKey
            return (
                0x9000,
                TLV.write(0x01, [settings.managementAlgorithm]) + TLV.write(0x02, [0, 1])
                    + TLV.write(0x05, [isFactory ? 1 : 0])
            )
        default:
            guard let slot = slots[reference] else { return (0x6A88, []) }
            return (
                0x9000,
                TLV.write(0x01, [slot.key.algorithm]) + TLV.write(0x02, [slot.pinPolicy, slot.touchPolicy])
                    + TLV.write(0x03, [1]) + TLV.write(0x04, slot.key.publicTemplate)
            )
        }
    }

    private func attest(_ reference: UInt8) -> (UInt16, [UInt8]) {
        if let refusal = settings.attestationRefusal { return (refusal, []) }
        guard reference != 0xF9, let slot = slots[reference], let issuer = slots[0xF9]?.key else { return (0x6A88, []) }
        let yubico = AttestationAuthority.yubico
        let name = String(reference, radix: 16)
        let certificate = CardCertificate.make(
            subject: "YubiKey PIV Attestation \(name)", key: slot.key, issuer: "Yubico PIV Attestation",
            signedBy: issuer, serial: 3,
            extensions: [
                .init(identifier: yubico + ".3", value: settings.firmware),
                .init(identifier: yubico + ".7", value: [0x02, 0x04] + serialBytes),
                .init(identifier: yubico + ".8", value: [slot.pinPolicy, slot.touchPolicy]),
                .init(identifier: yubico + ".9", value: [0x01]),
            ])
        return (0x9000, certificate)
    }

    private mutating func setManagementKey(_ command: Command) -> (UInt16, [UInt8]) {
        guard isAdministrator else { return (0x6982, []) }
        let sizes: [UInt8: Int] = [0x03: 24, 0x08: 16, 0x0A: 24, 0x0C: 32]
        guard command.p1 == 0xFF, command.data.count >= 3, command.data[1] == 0x9B,
            let size = sizes[command.data[0]], command.data[2] == size, command.data.count == 3 + size
        else { return (0x6A80, []) }
        settings.managementAlgorithm = command.data[0]
        settings.managementKey = Array(command.data.dropFirst(3))
        return (0x9000, [])
    }

    private mutating func reset() -> (UInt16, [UInt8]) {
        pin = CardSecret("123456", tries: 3)
        puk = CardSecret("12345678", tries: 3)
        slots = slots.filter { $0.key == 0xF9 }
        objects = objects.filter { $0.key == 0x5FFF01 }
        settings.managementKey = CardSettings(.yubiKey).managementKey
        settings.managementAlgorithm = CardSettings(.yubiKey).managementAlgorithm
        forget()
        return (0x9000, [])
    }

    /// The management application, as far as programs ask it what kind of YubiKey this is (READ CONFIG).
    mutating func runManagement(_ command: Command) -> (UInt16, [UInt8]) {
        guard command.ins == 0x1D else { return (0x6D00, []) }
        guard command.p1 == 0 else { return (0x9000, [0]) }
        let piv: UInt8 = 0x10
        let configuration =
            TLV.write(0x01, [piv]) + TLV.write(0x02, serialBytes) + TLV.write(0x03, [piv]) + TLV.write(0x04, [0x01])
            + TLV.write(0x05, settings.firmware) + TLV.write(0x0A, [0])
        return (0x9000, [UInt8(configuration.count)] + configuration)
    }
}
