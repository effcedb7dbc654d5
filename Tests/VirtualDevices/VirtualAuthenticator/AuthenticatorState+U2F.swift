// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// U2F (FIDO U2F Raw Message Formats), by which CTAP 2 keys are used by old programs and CTAP 1 keys by all.
extension AuthenticatorState {
    private enum Status {
        static let success: [UInt8] = [0x90, 0x00]
        static let conditionsNotSatisfied: [UInt8] = [0x69, 0x85]
        static let wrongData: [UInt8] = [0x6A, 0x80]
        static let wrongLength: [UInt8] = [0x67, 0x00]
        static let unknownInstruction: [UInt8] = [0x6D, 0x00]
        static let unknownClass: [UInt8] = [0x6E, 0x00]
    }

    /// Answers an APDU.
    ///
    /// - Parameter isTouched: whether the key was just touched: U2F asks again and again.
    mutating func answer(apdu: [UInt8], isTouched: () -> Bool) -> [UInt8] {
        guard model.speaksU2F, apdu.count >= 4 else { return Status.unknownInstruction }
        guard apdu[0] == 0 else { return Status.unknownClass }
        guard let data = Self.data(of: apdu) else { return Status.wrongLength }
        switch apdu[1] {
        case 0x01: return register(data, isTouched: isTouched)
        case 0x02: return authenticate(data, control: apdu[2], isTouched: isTouched)
        case 0x03: return Array("U2F_V2".utf8) + Status.success
        default: return Status.unknownInstruction
        }
    }

    /// The data field of a short or an extended APDU (ISO/IEC 7816-4 §5.1).
    static func data(of apdu: [UInt8]) -> [UInt8]? {
        let body = apdu.dropFirst(4)
        guard let first = body.first else { return [] }
        if body.count == 1 { return [] }
        if first != 0 {
            let rest = body.dropFirst()
            return rest.count == Int(first) || rest.count == Int(first) + 1 ? Array(rest.prefix(Int(first))) : nil
        }
        guard body.count >= 3 else { return nil }
        let length = Int(body[body.startIndex + 1]) << 8 | Int(body[body.startIndex + 2])
        let rest = body.dropFirst(3)
        if rest.isEmpty { return [] }
        return rest.count == length || rest.count == length + 2 ? Array(rest.prefix(length)) : nil
    }

    private mutating func register(_ data: [UInt8], isTouched: () -> Bool) -> [UInt8] {
        guard data.count == 64 else { return Status.wrongLength }
        guard !model.isAlwaysVerifying else { return Status.conditionsNotSatisfied }
        guard isTouched() else { return Status.conditionsNotSatisfied }
        let challenge = Array(data[..<32])
        let application = Array(data[32...])
        guard var credential = try? newCredential(.es256, .map([:]), "", .map([:]), false),
            case .p256(let x, let y) = credential.key.publicKey.material
        else { return Status.wrongData }
        credential.relyingPartyIDHash = application
        credentials.append(credential)
        let point = [4] + x + y
        let signature = identity.sign([0] + application + challenge + credential.id + point)
        return [5] + point + [UInt8(credential.id.count)] + credential.id + identity.batch + signature + Status.success
    }

    private mutating func authenticate(_ data: [UInt8], control: UInt8, isTouched: () -> Bool) -> [UInt8] {
        guard data.count > 65, data.count == 65 + Int(data[64]) else { return Status.wrongLength }
        let application = Array(data[32..<64])
        let id = Array(data[65...])
        // A credential that wants its person verified is none for U2F.
        let found = credentials.first { $0.id == id && $0.relyingPartyIDHash == application && $0.protection < 3 }
        guard let credential = found, !model.isAlwaysVerifying else { return Status.wrongData }
        if control == 0x07 { return Status.conditionsNotSatisfied }
        guard control == 0x08 || isTouched() else { return Status.conditionsNotSatisfied }
        let presence: UInt8 = control == 0x08 ? 0 : 1
        let count = nextCounter()
        guard let signature = try? credential.sign(application + [presence] + count + Array(data[..<32])) else {
            return Status.wrongData
        }
        return [presence] + count + signature + Status.success
    }
}
