// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import FoundationEssentials

/// What is kept of a key so that it is found again: which card, which slot, and what it will ask for.
struct KeyReference: Hashable, Sendable {
    /// The longest handle that is read.
    static let largest = 1024

    /// The card; `nil` for one without a name, which is known by the key in the slot.
    var card: CardIdentity?
    var slot: PIVSlot
    var algorithm: PIVAlgorithm
    var pinPolicy: PIVPINPolicy
    var touchPolicy: PIVTouchPolicy

    /// Whether the key wants a PIN.
    var needsPIN: Bool { pinPolicy.needsPIN(in: slot) }

    /// Whether the key signs without anybody there.
    var isSilent: Bool { !needsPIN && !touchPolicy.mayWaitForTouch }
}

extension KeyReference {
    /// The handle's JSON; `v` grows when a reader of today could not read it rightly.
    private struct Form: Codable {
        var v: Int
        var serial: UInt32?
        var guid: String?
        var slot: String
        var algorithm: PIVAlgorithm
        var pin: PIVPINPolicy
        var touch: PIVTouchPolicy
    }

    private static let version = 1

    /// Reads a handle.
    ///
    /// - Throws: ``DeviceKeyError`` with ``DeviceKeyError/Code/keyDamaged``.
    init(handle: [UInt8]) throws(DeviceKeyError) {
        guard handle.count <= Self.largest, let form = try? JSONDecoder().decode(Form.self, from: Data(handle)),
            let slot = PIVSlot(form.slot)
        else { throw Self.damaged }
        guard form.v == Self.version else {
            throw DeviceKeyError(.keyDamaged, "the key was enrolled by a newer version of this program: update it")
        }
        self.slot = slot
        algorithm = form.algorithm
        pinPolicy = form.pin
        touchPolicy = form.touch
        if let serial = form.serial {
            card = .serial(serial)
        } else if let text = form.guid {
            guard let guid = Hexadecimal.bytes(text.utf8), guid.count == 16 else { throw Self.damaged }
            card = .guid(guid)
        }
    }

    /// The handle.
    func encoded() throws -> [UInt8] {
        var form = Form(
            v: Self.version, slot: slot.description, algorithm: algorithm, pin: pinPolicy, touch: touchPolicy)
        switch card {
        case .serial(let number): form.serial = number
        case .guid(let bytes): form.guid = Hexadecimal.text(bytes)
        case nil: break
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Array(try encoder.encode(form))
    }

    private static let damaged = DeviceKeyError(
        .keyDamaged, "what was kept of the card's key cannot be read: enroll this device anew")
}
