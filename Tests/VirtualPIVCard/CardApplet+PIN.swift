// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension CardApplet {
    mutating func verify(_ command: Command) -> (UInt16, [UInt8]) {
        guard command.p2 == pinReference else { return (0x6A88, []) }
        if command.p1 == 0xFF, !isYubiKey, command.data.isEmpty {
            isVerified = false
            return (0x9000, [])
        }
        guard command.p1 == 0 else { return (0x6A86, []) }
        guard !command.data.isEmpty else {
            if isVerified { return (0x9000, []) }
            return (pin.left == 0 ? 0x6983 : 0x63C0 | UInt16(pin.left), [])
        }
        guard command.data.count == 8 else { return (0x6A80, []) }
        guard pin.left > 0 else { return (0x6983, []) }
        isVerified = pin.check(command.data)
        wasJustVerified = isVerified
        if isVerified { return (0x9000, []) }
        return (pin.left == 0 ? 0x6983 : 0x63C0 | UInt16(pin.left), [])
    }

    mutating func changeReference(_ command: Command) -> (UInt16, [UInt8]) {
        guard command.p1 == 0, command.data.count == 16 else { return (0x6A80, []) }
        let old = Array(command.data.prefix(8))
        let new = Array(command.data.suffix(8))
        switch command.p2 {
        case pinReference:
            guard pin.left > 0 else { return (0x6983, []) }
            guard pin.check(old) else { return (pin.left == 0 ? 0x6983 : 0x63C0 | UInt16(pin.left), []) }
            pin.set(new)
        case 0x81:
            guard puk.left > 0 else { return (0x6983, []) }
            guard puk.check(old) else { return (puk.left == 0 ? 0x6983 : 0x63C0 | UInt16(puk.left), []) }
            puk.set(new)
        default: return (0x6A88, [])
        }
        return (0x9000, [])
    }

    mutating func resetRetryCounter(_ command: Command) -> (UInt16, [UInt8]) {
        guard command.p1 == 0, command.p2 == pinReference, command.data.count == 16 else { return (0x6A80, []) }
        guard puk.left > 0 else { return (0x6983, []) }
        guard puk.check(Array(command.data.prefix(8))) else {
            return (puk.left == 0 ? 0x6983 : 0x63C0 | UInt16(puk.left), [])
        }
        pin.set(Array(command.data.suffix(8)))
        isVerified = false
        return (0x9000, [])
    }

    mutating func getData(_ command: Command) -> (UInt16, [UInt8]) {
        guard command.p1 == 0x3F, command.p2 == 0xFF, let list = TLV.read(command.data), list.count == 1,
            list[0].tag == 0x5C
        else { return (0x6A80, []) }
        let tag = TLV.number(list[0].value)
        if tag == 0x7E {
            let identifier: [UInt8] = [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00]
            let policy: [UInt8] = settings.prefersGlobalPIN ? [0x60, 0x20] : [0x40, 0x00]
            return (0x9000, TLV.write(0x7E, TLV.write(0x4F, identifier) + TLV.write(0x5F2F, policy)))
        }
        // The objects behind the PIN: fingerprints, printed information, face.
        if [0x5FC103, 0x5FC109, 0x5FC108].contains(tag), !isVerified { return (0x6982, []) }
        guard let value = objects[tag] else { return (0x6A82, []) }
        return (0x9000, TLV.write(0x53, value))
    }

    mutating func putData(_ command: Command) -> (UInt16, [UInt8]) {
        guard isAdministrator else { return (0x6982, []) }
        guard command.p1 == 0x3F, command.p2 == 0xFF, let objects = TLV.read(command.data), objects.count == 2,
            objects[0].tag == 0x5C, objects[1].tag == 0x53
        else { return (0x6A80, []) }
        let value = objects[1].value
        guard value.count <= 3052 else { return (0x6A84, []) }
        self.objects[TLV.number(objects[0].value)] = value.isEmpty ? nil : value
        return (0x9000, [])
    }
}
