// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibutf8proc
internal import Cryptography
internal import Glibc

/// Normalization Form C of Unicode (UAX #15), for secrets.
///
/// The same PIN comes as different bytes from different keyboards and input methods: é is one character or two. A security key
/// gets PINs in this form (CTAP 2.1 §6.5.1), and what hashes a PIN would take the other bytes for another PIN.
enum NormalizationFormC {
    private static let options = utf8proc_option_t(UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue)

    /// A secret in this form; as it is where it is no UTF-8.
    ///
    /// Most PINs are ASCII, which has no other form, and are not copied. Others are worked on in one piece of memory, which is
    /// wiped; utf8proc allocates none of its own.
    static func normalized(_ secret: SecretBytes) -> SecretBytes {
        secret.withUnsafeBytes { bytes in
            if bytes.allSatisfy({ $0 < 0x80 }) { return secret }
            // Decomposed there are at most three characters for each two bytes; the library adds a zero.
            let capacity = 2 * bytes.count
            let room = UnsafeMutablePointer<Int32>.allocate(capacity: capacity + 1)
            defer {
                explicit_bzero(room, (capacity + 1) * MemoryLayout<Int32>.stride)
                room.deallocate()
            }
            let decomposed = utf8proc_decompose(
                bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, room, capacity, options)
            guard (0...capacity).contains(decomposed) else { return secret }
            let length = utf8proc_reencode(room, decomposed, options)
            guard length >= 0 else { return secret }
            return SecretBytes(copying: UnsafeRawBufferPointer(start: room, count: length))
        }
    }
}
