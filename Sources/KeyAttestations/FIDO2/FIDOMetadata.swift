// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography
internal import FoundationEssentials
public import WebAuthn

/// What the FIDO Alliance publishes about models of authenticators (FIDO Metadata Service 3.0): a signed file that the administrator
/// fetches. Only a file whose signature was checked becomes one of these.
public struct FIDOMetadata: Sendable {
    /// The longest file that is read, in bytes. In 2025 it had six megabytes.
    public static let maximumLength = 64 * 1024 * 1024
    /// Whose certificate signs the file (§3.2 there).
    public static let signer = "mds.fidoalliance.org"

    /// How long a file counts after the day on which a new one was due, in seconds.
    public static let grace: Int64 = 30 * 86_400

    /// The file's number; it grows with each edition.
    public let number: Int
    /// The beginning of the day, in UTC, by which a new edition comes: seconds since 1970.
    public let nextUpdate: Int64
    private let entriesByAAGUID: [AAGUID: Entry]
    private let entriesByKeyIdentifier: [[UInt8]: Entry]

    /// Reads a file and checks its signature.
    ///
    /// - Parameters:
    ///   - blob: the file: a compact JWS.
    ///   - roots: where the signer's chain must end; the file's own root is not believed.
    ///   - signer: the host for which the signing certificate must be.
    ///   - time: seconds since 1970.
    /// - Throws: ``FIDOMetadataError``.
    public init(
        blob: [UInt8], roots: TrustedCertificates, signer: String = signer, at time: Int64
    ) throws(FIDOMetadataError) {
        let payload = try SignedBLOB(blob).verify(against: roots, signer: signer, at: time)
        try self.init(payload: payload)
    }

    /// Reads what was signed.
    init(payload: [UInt8]) throws(FIDOMetadataError) {
        guard let contents = try? JSONDecoder().decode(Payload.self, from: Data(payload)),
            let nextUpdate = CalendarDay(contents.nextUpdate)?.start
        else { throw .malformed }
        number = contents.no
        self.nextUpdate = nextUpdate
        var byAAGUID: [AAGUID: Entry] = [:]
        var byIdentifier: [[UInt8]: Entry] = [:]
        for item in contents.entries {
            let entry = Entry(item)
            if let aaguid = item.aaguid.flatMap(AAGUID.init(_:)) { byAAGUID[aaguid] = entry }
            for identifier in item.attestationCertificateKeyIdentifiers ?? [] {
                if let bytes = Self.bytes(ofHexadecimal: identifier) { byIdentifier[bytes] = entry }
            }
        }
        entriesByAAGUID = byAAGUID
        entriesByKeyIdentifier = byIdentifier
    }

    /// Refuses an edition that is older than the last one, which somebody may put in its place to hide a report (§3.2 there).
    ///
    /// - Parameter last: the highest number that was read before.
    /// - Throws: ``FIDOMetadataError/olderThanLast(number:last:)``.
    public func demandNoOlder(than last: Int) throws(FIDOMetadataError) {
        guard number >= last else { throw .olderThanLast(number: number, last: last) }
    }

    /// The models about which something is said.
    public var models: Set<AAGUID> { Set(entriesByAAGUID.keys) }

    /// What is said about a model.
    public func entry(for aaguid: AAGUID) -> Entry? { entriesByAAGUID[aaguid] }

    /// What is said about the model whose attestation certificate has this key identifier (``Certificate/keyIdentifier()``): keys of
    /// U2F have no other name.
    public func entry(forKeyIdentifier identifier: [UInt8]) -> Entry? { entriesByKeyIdentifier[identifier] }

    private static func bytes(ofHexadecimal text: String) -> [UInt8]? {
        let digits = text.map(\.hexDigitValue)
        guard digits.count == 40 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 40, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    /// The members that are read (§3.1 there).
    private struct Payload: Decodable {
        let no: Int
        let nextUpdate: String
        let entries: [Entry.Members]
    }
}

/// Why a metadata file is not accepted.
public enum FIDOMetadataError: Error, Hashable, Sendable {
    /// It is longer than is read.
    case tooLong
    /// It is not a compact JWS with a chain of certificates, or its contents are not metadata.
    case malformed
    /// Its header names an algorithm that is not its signing certificate's, or a critical extension.
    case unsupported
    /// Its chain of certificates does not count.
    case chain(CertificateChainError)
    /// Its certificate is not the metadata service's.
    case wrongSigner
    /// Its signature is wrong.
    case signatureMismatch
    /// It is older than the edition that was read last.
    case olderThanLast(number: Int, last: Int)
}

extension FIDOMetadataError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLong: "the file is longer than FIDO metadata can be"
        case .malformed: "the file is not FIDO metadata (a BLOB of version 3)"
        case .unsupported: "the file is signed in a way that is not supported"
        case .chain(let error): "the file's signer is not trusted: \(error)"
        case .wrongSigner: "the file is not signed by the metadata service"
        case .signatureMismatch: "the file's signature is wrong"
        case .olderThanLast(let number, let last):
            "the file has number \(number), and number \(last) was read before: an older file can lack reports"
        }
    }
}

/// A day as ISO 8601 writes it, in UTC.
struct CalendarDay {
    /// Its first second, since 1970.
    let start: Int64

    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.allSatisfy { (48...57).contains($0) } ? Int64(String(decoding: part, as: UTF8.self)) : nil
        }
        guard parts.map(\.count) == [4, 2, 2], numbers.count == 3, (1...12).contains(numbers[1]),
            (1...31).contains(numbers[2])
        else { return nil }
        // Years begin in March here, so that the day that leap years add is the last one.
        let year = numbers[1] > 2 ? numbers[0] : numbers[0] - 1
        let month = (numbers[1] + 9) % 12
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + numbers[2] - 1
        start = (days - 719_468) * 86_400
    }
}
