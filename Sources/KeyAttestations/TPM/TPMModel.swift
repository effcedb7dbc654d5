// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// What the maker of a TPM says of it in its endorsement certificate (TCG EK Credential Profile §3.1).
public struct TPMModel: Hashable, Sendable {
    /// The maker's sign in the registry of the TCG, such as `INTC`; hexadecimal after `id:` where that is no text.
    public let manufacturer: String
    /// The maker's name for the model.
    public let model: String?
    /// The firmware's version, as the maker writes it.
    public let version: String?

    /// Alternative names of a certificate's subject (RFC 5280 §4.2.1.6).
    static let subjectAlternativeName = "2.5.29.17"
    /// `tcg-at-tpmManufacturer`, `tcg-at-tpmModel`, `tcg-at-tpmVersion`.
    private static let attributes = (manufacturer: "2.23.133.2.1", model: "2.23.133.2.2", version: "2.23.133.2.3")
    private static let maximumTextLength = 64

    /// Reads the alternative names, one of which is a directory name with the TPM's attributes. It is critical in some certificates
    /// and not in others; the subject is empty in most.
    ///
    /// - Throws: ``CryptographyError/malformedDER``.
    public init(subjectAlternativeName value: [UInt8]) throws(CryptographyError) {
        let names = try DERReader.sequence(value) { element throws(CryptographyError) in try element.next() }
        var found: [String: String] = [:]
        for name in names where name.tag == DERReader.Tag.context(4) {
            var directoryName = DERReader(name.contents)
            try Self.read(try directoryName.inside(DERReader.Tag.sequence), into: &found)
            try directoryName.end()
        }
        guard let manufacturer = found[Self.attributes.manufacturer] else { throw .malformedDER }
        self.manufacturer = Self.readable(manufacturer)
        model = found[Self.attributes.model]
        version = found[Self.attributes.version]
    }

    /// `RDNSequence`: makers put the attributes into one set or into one each.
    private static func read(
        _ sequence: DERReader, into found: inout [String: String]
    ) throws(CryptographyError) {
        var sequence = sequence
        while !sequence.isAtEnd {
            var set = try sequence.inside(DERReader.Tag.set)
            while !set.isAtEnd {
                var attribute = try set.inside(DERReader.Tag.sequence)
                let type = try attribute.objectIdentifier()
                let text = try attribute.next().contents
                try attribute.end()
                guard found[type] == nil, let value = String(validating: text, as: UTF8.self) else {
                    throw .malformedDER
                }
                found[type] = String(
                    value.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(maximumTextLength).map(
                        Character.init))
            }
        }
    }

    /// `id:494E5443` as `INTC`.
    private static func readable(_ manufacturer: String) -> String {
        guard manufacturer.utf8.count == 11, manufacturer.lowercased().hasPrefix("id:"),
            let number = UInt32(manufacturer.dropFirst(3), radix: 16)
        else { return manufacturer }
        var bytes = TPMPublicArea.bigEndian(number)
        while let last = bytes.last, last == 0 || last == 0x20 { bytes.removeLast() }
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return manufacturer }
        return String(decoding: bytes, as: UTF8.self)
    }
}
