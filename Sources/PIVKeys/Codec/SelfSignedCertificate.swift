// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A certificate that a slot's key signs for itself, so that other programs see that there is a key (RFC 5280 §4.1).
struct SelfSignedCertificate {
    private let algorithm: [UInt8]
    /// What is signed: the `TBSCertificate`.
    let signedPart: [UInt8]

    /// The certificate before it is signed.
    ///
    /// - Parameters:
    ///   - commonName: subject and issuer.
    ///   - serialNumber: positive, big-endian, at most 20 bytes.
    ///   - notBefore: seconds since 1970.
    ///   - notAfter: seconds since 1970.
    init(of key: PublicKey, commonName: String, serialNumber: [UInt8], notBefore: Int64, notAfter: Int64)
        throws(CryptographyError)
    {
        algorithm = Self.algorithm(key.algorithm)
        let name = DER.sequence([
            DER.wrap(
                0x31,
                DER.sequence([[0x06, 0x03, 0x55, 0x04, 0x03], DER.wrap(0x0C, Array(commonName.utf8.prefix(64)))]))
        ])
        signedPart = DER.sequence([
            [0xA0, 0x03, 0x02, 0x01, 0x02],
            DER.wrap(0x02, (serialNumber.first ?? 0) & 0x80 == 0 ? serialNumber : [0] + serialNumber),
            algorithm, name,
            DER.sequence([DER.time(notBefore), DER.time(notAfter)]),
            name, try key.subjectPublicKeyInfo(),
        ])
    }

    /// The whole certificate in DER.
    ///
    /// - Parameter signature: the key's own over ``signedPart``, in X.509's form (ECDSA in DER).
    func certificate(signature: [UInt8]) -> [UInt8] {
        DER.sequence([signedPart, algorithm, DER.wrap(0x03, [0] + signature)])
    }

    /// `AlgorithmIdentifier` (RFC 5758 §3.2, RFC 4055 §5, RFC 8410 §3).
    private static func algorithm(_ algorithm: SignatureAlgorithm) -> [UInt8] {
        switch algorithm {
        case .es256: DER.sequence([[0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]])
        case .es384: DER.sequence([[0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03]])
        case .rs256:
            DER.sequence([[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B], [0x05, 0x00]])
        case .edDSA: DER.sequence([[0x06, 0x03, 0x2B, 0x65, 0x70]])
        }
    }
}

/// Just enough of ASN.1's distinguished encoding (X.690 §10) to write a certificate.
private enum DER {
    static func wrap(_ tag: UInt32, _ value: [UInt8]) -> [UInt8] { BERTLV(tag, value).encoded }
    static func sequence(_ parts: [[UInt8]]) -> [UInt8] { wrap(0x30, parts.flatMap(\.self)) }

    /// `UTCTime` until 2049, `GeneralizedTime` after (RFC 5280 §4.1.2.5).
    static func time(_ seconds: Int64) -> [UInt8] {
        let (year, month, day) = date(seconds / 86400)
        let rest = seconds % 86400
        let digits = [month, day, rest / 3600, rest / 60 % 60, rest % 60].map(twoDigits).joined() + "Z"
        if year < 2050 { return wrap(0x17, Array((twoDigits(year % 100) + digits).utf8)) }
        return wrap(0x18, Array((String(year) + digits).utf8))
    }

    private static func twoDigits(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }

    /// The Gregorian date of a day after 1970.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        var year: Int64 = 1970
        var rest = days
        func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        while rest >= (isLeap(year) ? 366 : 365) {
            rest -= isLeap(year) ? 366 : 365
            year += 1
        }
        let lengths: [Int64] = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var month = 0
        while rest >= lengths[month] {
            rest -= lengths[month]
            month += 1
        }
        return (year, Int64(month) + 1, rest + 1)
    }
}
