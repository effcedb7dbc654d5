// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Certificates one after another in DER, as makers put them into a TPM, with whatever fills the rest.
enum StoredCertificates {
    /// The longest certificate, and the most of them, that are read.
    static let longest = 8192
    static let most = 8

    /// The certificates at the beginning of the bytes, up to the first that is none.
    ///
    /// Only the outermost frame is read: SEQUENCE and its length (X.690 §8.1). What is inside is the verifier's to judge.
    static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var certificates: [[UInt8]] = []
        var rest = bytes[...]
        while certificates.count < most, let length = frame(rest), length <= rest.count, length <= longest {
            certificates.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return certificates
    }

    /// How long the structure at the beginning is, with its frame.
    private static func frame(_ bytes: ArraySlice<UInt8>) -> Int? {
        let head = Array(bytes.prefix(4))
        guard head.count == 4, head[0] == 0x30 else { return nil }
        // No certificate is as short as to have its length in one byte.
        switch head[1] {
        case 0x81: return head[2] >= 0x80 ? 3 + Int(head[2]) : nil
        case 0x82: return head[2] > 0 ? 4 + Int(head[2]) << 8 + Int(head[3]) : nil
        default: return nil
        }
    }
}

extension [UInt8] {
    /// Whether other bytes occur in these, one after another.
    func holds(_ other: [UInt8]) -> Bool {
        guard let first = other.first, other.count <= count else { return false }
        return (0...count - other.count).contains { start in
            self[start] == first && self[start..<start + other.count].elementsEqual(other)
        }
    }
}
