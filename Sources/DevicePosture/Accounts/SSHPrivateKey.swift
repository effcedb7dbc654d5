// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What the beginning of a file says about the private key of SSH in it; nothing of the key itself is read.
///
/// Sources: OpenSSH's `PROTOCOL.key`; RFC 1421 and RFC 7468 for the forms of OpenSSL; PuTTY's "PPK file format".
enum SSHPrivateKey: Hashable, Sendable {
    /// It has no passphrase.
    case unencrypted
    /// It has one.
    case encrypted
    /// It lies in a security key, to which this is but a handle.
    case inSecurityKey

    /// How much of a file is looked at, in bytes: what stands before the key's own numbers.
    static let length = 1024

    private static let opening = Array("-----BEGIN ".utf8)
    private static let legacy = Array("SSH PRIVATE KEY FILE FORMAT 1.1\n\0".utf8)

    /// Looks at the beginning of a file; `nil` where it is no private key.
    init?(beginning bytes: [UInt8]) {
        if bytes.starts(with: Self.legacy) {
            guard bytes.count > Self.legacy.count else { return nil }
            self = bytes[Self.legacy.count] == 0 ? .unencrypted : .encrypted
            return
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
        if lines.first?.starts(with: Array("PuTTY-User-Key-File-".utf8)) == true {
            guard let line = lines.first(where: { $0.starts(with: Array("Encryption:".utf8)) }) else { return nil }
            self = String(decoding: line.dropFirst(11), as: UTF8.self).trimmed == "none" ? .unencrypted : .encrypted
            return
        }
        guard let start = lines.firstIndex(where: { $0.starts(with: Self.opening) }) else { return nil }
        switch String(decoding: lines[start].dropFirst(Self.opening.count), as: UTF8.self).trimmed {
        case "OPENSSH PRIVATE KEY-----": self.init(openSSH: lines[(start + 1)...])
        case "RSA PRIVATE KEY-----", "DSA PRIVATE KEY-----", "EC PRIVATE KEY-----":
            self =
                lines[(start + 1)...].prefix(2).contains { $0.starts(with: Array("Proc-Type: 4,ENCRYPTED".utf8)) }
                ? .encrypted : .unencrypted
        case "PRIVATE KEY-----": self = .unencrypted
        case "ENCRYPTED PRIVATE KEY-----": self = .encrypted
        default: return nil
        }
    }

    /// Reads the cipher's name and the kind of the first key.
    private init?(openSSH lines: ArraySlice<ArraySlice<UInt8>>) {
        let text = lines.prefix { !$0.starts(with: Array("-----".utf8)) }.joined()
        var bytes = Self.decodeBase64(Array(text))[...]
        guard bytes.starts(with: Array("openssh-key-v1\0".utf8)) else { return nil }
        bytes = bytes.dropFirst(15)
        guard let cipher = Self.string(&bytes), Self.string(&bytes) != nil, Self.string(&bytes) != nil else {
            return nil
        }
        if cipher != "none" {
            self = .encrypted
            return
        }
        // The number of keys, the length of the first public one, its kind.
        bytes = bytes.dropFirst(8)
        guard let kind = Self.string(&bytes) else { return nil }
        self = kind.hasPrefix("sk-") ? .inSecurityKey : .unencrypted
    }

    /// A text with its length of 32 bits before it.
    private static func string(_ bytes: inout ArraySlice<UInt8>) -> String? {
        guard bytes.count >= 4 else { return nil }
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        bytes = bytes.dropFirst(4)
        guard length <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(length) }
        return String(decoding: bytes.prefix(length), as: UTF8.self)
    }

    /// The bytes of what is there of a text in base64, up to what does not belong in one.
    static func decodeBase64(_ text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        for character in text {
            let value: UInt8
            switch character {
            case 65...90: value = character - 65
            case 97...122: value = character - 71
            case 48...57: value = character + 4
            case 43: value = 62
            case 47: value = 63
            case 9, 32: continue
            default: return bytes
            }
            bits = (bits << 6 | Int(value)) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }
}
