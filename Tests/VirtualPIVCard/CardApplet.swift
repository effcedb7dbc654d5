// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto
internal import Glibc

/// A PIN or a PUK and its counter.
struct CardSecret {
    private(set) var value: [UInt8]
    private(set) var left: Int
    let most: Int

    init(_ text: String, tries: Int) {
        value = Self.padded(text)
        left = tries
        most = tries
    }

    mutating func set(_ text: String) { set(Self.padded(text)) }

    mutating func set(_ bytes: [UInt8]) {
        value = bytes
        left = most
    }

    /// Whether a guess is right. Each wrong one costs a try.
    mutating func check(_ guess: [UInt8]) -> Bool {
        guard left > 0 else { return false }
        if guess == value {
            left = most
            return true
        }
        left -= 1
        return false
    }

    private static func padded(_ text: String) -> [UInt8] {
        Array((Array(text.utf8) + [UInt8](repeating: 0xFF, count: 8)).prefix(8))
    }
}

/// The card's state, and how it takes commands.
struct CardApplet {
    struct Slot {
        var key: CardKey
        var pinPolicy: UInt8
        var touchPolicy: UInt8
    }

    enum Application { case none, piv, management }

    struct Command {
        var ins: UInt8
        var p1: UInt8
        var p2: UInt8
        var data: [UInt8]
    }

    var settings: CardSettings
    var pin: CardSecret
    var puk: CardSecret
    var slots: [UInt8: Slot] = [:]
    var objects: [UInt32: [UInt8]] = [:]
    var log = VirtualPIVCard.Log()

    // What the card forgets without power.
    var application = Application.none
    var isVerified = false
    var isAdministrator = false
    var witness: [UInt8]?
    var challenge: [UInt8]?
    /// Whether the command before this one was a right VERIFY.
    var wasJustVerified = false
    private var chain: (ins: UInt8, data: [UInt8])?
    private var pending: [UInt8] = []

    var isYubiKey: Bool { settings.style == .yubiKey }
    var pinReference: UInt8 { settings.prefersGlobalPIN ? 0x00 : 0x80 }

    init(_ settings: CardSettings, authority: AttestationAuthority) {
        self.settings = settings
        pin = CardSecret(settings.pin, tries: settings.pinTries)
        puk = CardSecret(settings.puk, tries: 3)
        if let guid = settings.guid {
            objects[0x5FC102] =
                TLV.write(0x30, [UInt8](repeating: 0xD4, count: 25)) + TLV.write(0x34, guid)
                + TLV.write(0x35, Array("20300101".utf8)) + TLV.write(0x3E, []) + TLV.write(0xFE, [])
        }
        if isYubiKey {
            makeKey(0x11, in: 0xF9, pinPolicy: 0, touchPolicy: 0)
            if let key = slots[0xF9]?.key {
                let certificate = authority.certify(key, subject: "Yubico PIV Attestation", firmware: settings.firmware)
                objects[0x5FFF01] = TLV.write(0x70, certificate) + TLV.write(0x71, [0]) + TLV.write(0xFE, [])
            }
        }
    }

    mutating func powerOff() {
        application = .none
        forget()
        chain = nil
        pending = []
    }

    mutating func forget() {
        isVerified = false
        isAdministrator = false
        witness = nil
        challenge = nil
        wasJustVerified = false
    }

    mutating func makeKey(_ algorithm: UInt8, in slot: UInt8, pinPolicy: UInt8, touchPolicy: UInt8) {
        guard let key = CardKey(algorithm: algorithm) else { return }
        let usual: UInt8 = slot == 0x9E ? 1 : slot == 0x9C ? 3 : 2
        slots[slot] = Slot(
            key: key, pinPolicy: pinPolicy == 0 ? usual : pinPolicy, touchPolicy: touchPolicy == 0 ? 1 : touchPolicy)
    }

    mutating func certify(_ slot: UInt8, subject: String) {
        guard let key = slots[slot]?.key else { return }
        let certificate = CardCertificate.make(
            subject: subject, key: key, issuer: subject, signedBy: key, serial: 7, extensions: [])
        objects[Self.certificateObject(slot)] =
            TLV.write(0x70, certificate) + TLV.write(0x71, [0]) + TLV.write(0xFE, [])
    }

    static func certificateObject(_ slot: UInt8) -> UInt32 {
        switch slot {
        case 0x9A: 0x5FC105
        case 0x9C: 0x5FC10A
        case 0x9D: 0x5FC10B
        case 0x9E: 0x5FC101
        default: 0x5FC10D + UInt32(slot) - 0x82
        }
    }

    // MARK: - Transport

    mutating func answer(_ bytes: [UInt8]) -> [UInt8] {
        log.commands.append(bytes)
        guard bytes.count >= 4 else { return [0x67, 0x00] }
        if bytes[1] == 0xC0 { return nextPart(bytes.count > 4 ? Int(bytes[4]) : 256) }
        pending = []
        guard bytes[0] & ~0x10 == 0 else { return [0x6E, 0x00] }
        guard let (data, isExtended) = Self.body(bytes) else { return [0x67, 0x00] }
        if isExtended, !settings.takesExtendedLength { return [0x67, 0x00] }
        var whole = data
        if let started = chain {
            guard started.ins == bytes[1] else {
                chain = nil
                return [0x68, 0x83]
            }
            whole = started.data + data
        }
        guard whole.count <= 4096 else {
            chain = nil
            return [0x67, 0x00]
        }
        if bytes[0] & 0x10 != 0 {
            chain = (bytes[1], whole)
            return [0x90, 0x00]
        }
        chain = nil
        let command = Command(ins: bytes[1], p1: bytes[2], p2: bytes[3], data: whole)
        let (status, output) = run(command)
        return deliver(output, status, isExtended: isExtended)
    }

    /// The data of a command (ISO/IEC 7816-3 §12.1.3); `nil` where its lengths do not fit.
    private static func body(_ bytes: [UInt8]) -> (data: [UInt8], isExtended: Bool)? {
        let rest = Array(bytes.dropFirst(4))
        if rest.count <= 1 { return ([], false) }
        if rest[0] != 0 {
            let count = Int(rest[0])
            guard rest.count == 1 + count || rest.count == 2 + count else { return nil }
            return (Array(rest[1...count]), false)
        }
        guard rest.count >= 3 else { return nil }
        let count = Int(rest[1]) << 8 | Int(rest[2])
        if rest.count == 3 { return ([], true) }
        guard rest.count == 3 + count || rest.count == 5 + count else { return nil }
        return (Array(rest[3..<(3 + count)]), true)
    }

    private mutating func deliver(_ output: [UInt8], _ status: UInt16, isExtended: Bool) -> [UInt8] {
        let trailer = [UInt8(status >> 8), UInt8(status & 0xFF)]
        if output.isEmpty { return trailer }
        if settings.chainsEveryAnswer {
            pending = output
            return [0x61, UInt8(min(output.count, 256) & 0xFF)]
        }
        if isExtended || output.count <= 256 { return output + trailer }
        pending = output
        return nextPart(256)
    }

    private mutating func nextPart(_ wanted: Int) -> [UInt8] {
        guard !pending.isEmpty else { return [0x69, 0x85] }
        let part = Array(pending.prefix(wanted == 0 ? 256 : wanted))
        pending.removeFirst(part.count)
        return part + (pending.isEmpty ? [0x90, 0x00] : [0x61, UInt8(min(pending.count, 256) & 0xFF)])
    }

    // MARK: - Commands

    private mutating func run(_ command: Command) -> (UInt16, [UInt8]) {
        let wasVerified = wasJustVerified
        wasJustVerified = false
        if command.ins == 0xA4 { return select(command) }
        switch application {
        case .none: return (0x6D00, [])
        case .management: return runManagement(command)
        case .piv: break
        }
        switch command.ins {
        case 0x20: return verify(command)
        case 0x24: return changeReference(command)
        case 0x2C: return resetRetryCounter(command)
        case 0xCB: return getData(command)
        case 0xDB: return putData(command)
        case 0x87: return authenticate(command, wasJustVerified: wasVerified)
        case 0x47: return generate(command)
        default: return isYubiKey ? runExtension(command) : (0x6D00, [])
        }
    }

    private mutating func select(_ command: Command) -> (UInt16, [UInt8]) {
        guard command.p1 == 0x04 else { return (0x6A86, []) }
        let piv: [UInt8] = [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00]
        if command.data.count >= 5, piv.starts(with: command.data) {
            if application != .piv { forget() }
            application = .piv
            let answer =
                TLV.write(0x4F, Array(piv.dropFirst(5)))
                + TLV.write(0x79, TLV.write(0x4F, Array(piv.prefix(5)))) + TLV.write(0x50, Array("Virtual PIV".utf8))
            return (0x9000, TLV.write(0x61, answer))
        }
        if isYubiKey, command.data == [0xA0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17] {
            forget()
            application = .management
            let version = settings.firmware.map(String.init).joined(separator: ".")
            return (0x9000, Array("Virtual mgr - FW version \(version)".utf8))
        }
        return (0x6A82, [])
    }
}
