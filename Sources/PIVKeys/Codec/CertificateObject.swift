// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The object that holds a slot's certificate (NIST SP 800-73-4 Part 1 Appendix A, Table 10).
struct CertificateObject: Hashable, Sendable {
    /// The largest certificate that is read, compressed or not: what a slot of 3 KiB can hold, several times over.
    static let largest = 16384

    /// The certificate in DER; empty where the object holds none.
    var certificate: [UInt8]

    init(certificate: [UInt8]) { self.certificate = certificate }

    /// Reads the value of the object, without its tag 53.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``, also where a compressed certificate cannot be unpacked or is too large.
    init(_ value: [UInt8]) throws(CardFailure) {
        guard !value.isEmpty else {
            self.init(certificate: [])
            return
        }
        let objects = try BERTLV.all(in: value, of: "certificate object")
        guard let certificate = objects.value(0x70), certificate.count <= Self.largest else {
            throw .malformed("certificate object")
        }
        // Bit 1 of CertInfo says that the certificate is compressed; some cards leave CertInfo out.
        guard let information = objects.value(0x71)?.first, information & 1 == 1 else {
            self.init(certificate: certificate)
            return
        }
        guard let unpacked = GZip.decompress(certificate, limit: Self.largest) else {
            throw .malformed("compressed certificate")
        }
        self.init(certificate: unpacked)
    }

    /// The value as it is written: never compressed.
    var encoded: [UInt8] {
        [BERTLV(0x70, certificate), BERTLV(0x71, [0]), BERTLV(0xFE, [UInt8]())].flatMap(\.encoded)
    }
}
