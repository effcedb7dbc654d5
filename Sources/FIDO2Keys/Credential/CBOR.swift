// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What little CBOR (RFC 8949) is written and read here; libfido2 does the rest.
enum CBOR {
    /// The content of a byte string that is all of these bytes; `nil` where they are something else.
    static func byteString(_ bytes: [UInt8]) -> [UInt8]? {
        guard let first = bytes.first, first >> 5 == 2 else { return nil }
        let (lengthBytes, small): (Int, Int) =
            switch first & 0x1F {
            case 0..<24: (0, Int(first & 0x1F))
            case 24: (1, 0)
            case 25: (2, 0)
            default: (-1, 0)
            }
        guard lengthBytes >= 0, bytes.count > lengthBytes else { return nil }
        let length = lengthBytes == 0 ? small : bytes[1...lengthBytes].reduce(0) { $0 << 8 | Int($1) }
        let content = bytes[(1 + lengthBytes)...]
        return content.count == length ? Array(content) : nil
    }

    /// An attestation object (WebAuthn §6.5.4), its members in the order of CTAP2's canonical form.
    static func attestationObject(format: String, statement: [UInt8], authenticatorData: [UInt8]) -> [UInt8] {
        [0xA3] + text("fmt") + text(format) + text("attStmt") + statement + text("authData")
            + head(2, authenticatorData.count) + authenticatorData
    }

    private static func text(_ text: String) -> [UInt8] { head(3, text.utf8.count) + Array(text.utf8) }

    private static func head(_ major: UInt8, _ count: Int) -> [UInt8] {
        switch count {
        case ..<24: [major << 5 | UInt8(count)]
        case ..<256: [major << 5 | 24, UInt8(count)]
        default: [major << 5 | 25, UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
        }
    }
}
