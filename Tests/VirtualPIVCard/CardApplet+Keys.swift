// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto
internal import Glibc

extension CardApplet {
    mutating func authenticate(_ command: Command, wasJustVerified: Bool) -> (UInt16, [UInt8]) {
        guard let outer = TLV.read(command.data), outer.count == 1, outer[0].tag == 0x7C,
            let inner = TLV.read(outer[0].value)
        else { return (0x6A80, []) }
        let objects = Dictionary(inner.map { ($0.tag, $0.value) }, uniquingKeysWith: { first, _ in first })
        if command.p2 == 0x9B { return authenticateManagement(command.p1, objects) }
        guard let slot = slots[command.p2], command.p2 != 0xF9 || isYubiKey else { return (0x6A88, []) }
        guard slot.key.algorithm == command.p1 else { return (0x6A80, []) }
        if slot.pinPolicy != 1, !isVerified { return (0x6982, []) }
        if slot.pinPolicy == 3, !wasJustVerified { return (0x6982, []) }
        guard let input = objects[0x81], objects[0x82] != nil else { return (0x6A80, []) }
        if slot.touchPolicy > 1 {
            switch settings.touch {
            case .never:
                usleep(50_000)
                return (0x6982, [])
            case .after(let milliseconds): usleep(milliseconds * 1000)
            }
        }
        guard let signature = slot.key.sign(input) else { return (0x6A80, []) }
        log.signatures += 1
        return (0x9000, TLV.write(0x7C, TLV.write(0x82, signature)))
    }

    mutating func generate(_ command: Command) -> (UInt16, [UInt8]) {
        guard isAdministrator else { return (0x6982, []) }
        guard command.p1 == 0, let outer = TLV.read(command.data), outer.count == 1, outer[0].tag == 0xAC,
            let inner = TLV.read(outer[0].value)
        else { return (0x6A80, []) }
        var algorithm: UInt8 = 0
        var policies: (pin: UInt8, touch: UInt8) = (0, 0)
        for object in inner {
            guard object.value.count == 1 else { return (0x6A80, []) }
            switch object.tag {
            case 0x80: algorithm = object.value[0]
            case 0xAA where isYubiKey: policies.pin = object.value[0]
            case 0xAB where isYubiKey: policies.touch = object.value[0]
            default: return (0x6A80, [])
            }
        }
        let known: [UInt8] = isYubiKey ? [0x07, 0x05, 0x16, 0x11, 0x14, 0xE0] : [0x07, 0x05, 0x11, 0x14]
        let isSlot = [0x9A, 0x9C, 0x9D, 0x9E].contains(command.p2) || (0x82...0x95).contains(command.p2)
        guard isSlot, policies.pin <= 3, policies.touch <= 3 else { return (0x6A86, []) }
        guard known.contains(algorithm) else { return (0x6A80, []) }
        makeKey(algorithm, in: command.p2, pinPolicy: policies.pin, touchPolicy: policies.touch)
        guard let key = slots[command.p2]?.key else { return (0x6F00, []) }
        return (0x9000, TLV.write(0x7F49, key.publicTemplate))
    }

    // MARK: - The management key

    private mutating func authenticateManagement(
        _ algorithm: UInt8, _ objects: [UInt32: [UInt8]]
    ) -> (UInt16, [UInt8]) {
        guard algorithm == settings.managementAlgorithm else { return (0x6A86, []) }
        if objects[0x80]?.isEmpty == true {
            guard settings.knowsMutualAuthentication else { return (0x6A80, []) }
            let fresh = random(blockSize)
            witness = fresh
            return (0x9000, TLV.write(0x7C, TLV.write(0x80, crypt(fresh, encrypting: true))))
        }
        if let shown = objects[0x80], let asked = objects[0x81] {
            defer { witness = nil }
            isAdministrator = witness != nil && shown == witness && asked.count == blockSize
            guard isAdministrator else { return (0x6982, []) }
            return (0x9000, TLV.write(0x7C, TLV.write(0x82, crypt(asked, encrypting: true))))
        }
        if objects[0x81]?.isEmpty == true {
            let fresh = random(blockSize)
            challenge = fresh
            return (0x9000, TLV.write(0x7C, TLV.write(0x81, fresh)))
        }
        if let response = objects[0x82], let asked = challenge {
            challenge = nil
            isAdministrator = response == crypt(asked, encrypting: true)
            return (isAdministrator ? 0x9000 : 0x6982, [])
        }
        return (0x6A80, [])
    }

    private var blockSize: Int { settings.managementAlgorithm == 0x03 ? 8 : 16 }

    private func random(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        RAND_bytes(&bytes, Int32(count))
        return bytes
    }

    private func crypt(_ block: [UInt8], encrypting: Bool) -> [UInt8] {
        let names: [UInt8: String] = [
            0x03: "DES-EDE3-ECB", 0x08: "AES-128-ECB", 0x0A: "AES-192-ECB", 0x0C: "AES-256-ECB",
        ]
        let cipher = EVP_CIPHER_fetch(nil, names[settings.managementAlgorithm] ?? "", nil)
        defer { EVP_CIPHER_free(cipher) }
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: 64)
        var length: Int32 = 0
        EVP_CipherInit_ex2(context, cipher, settings.managementKey, nil, encrypting ? 1 : 0, nil)
        EVP_CIPHER_CTX_set_padding(context, 0)
        EVP_CipherUpdate(context, &output, &length, block, Int32(block.count))
        return Array(output.prefix(Int(length)))
    }
}
