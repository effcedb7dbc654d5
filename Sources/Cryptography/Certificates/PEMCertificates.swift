// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// The certificates of a PEM file (RFC 7468 §5).
enum PEMCertificates {
    /// How long a file may be, in bytes.
    static let maximumLength = 4 * 1024 * 1024
    /// How many certificates may stand in a file.
    static let maximumCount = 1024

    /// The certificates in DER, in the file's order; text between them and blocks of other labels are passed over.
    ///
    /// - Throws: ``CryptographyError/malformedCertificate`` where a block is broken, there is none, or there are too many.
    static func der(in pem: [UInt8]) throws(CryptographyError) -> [[UInt8]] {
        defer { ERR_clear_error() }
        guard pem.count <= maximumLength, !pem.isEmpty else { throw .malformedCertificate }
        var copy = pem
        let found: [[UInt8]]? = copy.withUnsafeMutableBytes { bytes in
            guard let memory = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(memory) }
            return certificates(in: memory)
        }
        guard let found, !found.isEmpty, found.count <= maximumCount else { throw .malformedCertificate }
        return found
    }

    private static func certificates(in memory: OpaquePointer) -> [[UInt8]]? {
        var found: [[UInt8]] = []
        while found.count <= maximumCount {
            var label: UnsafeMutablePointer<CChar>?
            var header: UnsafeMutablePointer<CChar>?
            var data: UnsafeMutablePointer<UInt8>?
            var length = 0
            guard PEM_read_bio(memory, &label, &header, &data, &length) == 1 else {
                // "No start line" is how the end of the file shows; everything else is a broken block.
                let code = ERR_peek_last_error()
                let isEnd = code >> 23 & 0xFF == UInt(ERR_LIB_PEM) && code & 0x7F_FFFF == UInt(PEM_R_NO_START_LINE)
                return isEnd ? found : nil
            }
            defer {
                CRYPTO_free(label, nil, 0)
                CRYPTO_free(header, nil, 0)
                CRYPTO_free(data, nil, 0)
            }
            guard let label, let data, String(cString: label) == "CERTIFICATE" else { continue }
            found.append(Array(UnsafeBufferPointer(start: data, count: length)))
        }
        return found
    }
}
