// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import FoundationEssentials

/// A compact JWS that brings the chain of its signer (RFC 7515 §4.1.6), of which nothing is proven.
struct SignedBLOB {
    private let header: Header
    private let payload: [UInt8]
    private let signature: [UInt8]
    private let signingInput: [UInt8]

    init(_ blob: [UInt8]) throws(FIDOMetadataError) {
        guard blob.count <= FIDOMetadata.maximumLength else { throw .tooLong }
        // Files end with a line feed more often than not.
        let text = blob.prefix(blob.count - blob.reversed().prefix { $0 == 0x0A || $0 == 0x0D }.count)
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed }
        do {
            header = try JSONDecoder().decode(Header.self, from: Data(try Base64URL.decode(parts[0])))
            payload = try Base64URL.decode(parts[1])
            signature = try Base64URL.decode(parts[2])
        } catch { throw .malformed }
        signingInput = Array(text.prefix(parts[0].count + 1 + parts[1].count))
    }

    /// The payload, after chain, signer and signature were checked (FIDO Metadata Service 3.0 §3.2).
    func verify(
        against roots: TrustedCertificates, signer: String, at time: Int64
    ) throws(FIDOMetadataError) -> [UInt8] {
        guard header.crit == nil, let algorithm = SignatureAlgorithm(rawValue: header.alg) else { throw .unsupported }
        let certificates = try header.certificates()
        do {
            let chain = try UnverifiedCertificateChain(der: certificates).verify(against: roots, at: time)
            // The root signs for the whole web: only the metadata service's own certificate counts.
            guard chain.leaf.isFor(host: signer) else { throw FIDOMetadataError.wrongSigner }
            guard chain.leaf.publicKey.algorithm == algorithm else { throw FIDOMetadataError.unsupported }
            guard chain.leaf.publicKey.verifies(signature, of: signingInput) else {
                throw FIDOMetadataError.signatureMismatch
            }
            return payload
        } catch let error as CertificateChainError {
            throw .chain(error)
        } catch let error as FIDOMetadataError {
            throw error
        } catch {
            throw .malformed
        }
    }

    private struct Header: Decodable {
        let alg: String
        let x5c: [String]
        let crit: [String]?

        func certificates() throws(FIDOMetadataError) -> [[UInt8]] {
            var certificates: [[UInt8]] = []
            for text in x5c {
                guard let der = Data(base64Encoded: text) else { throw .malformed }
                certificates.append(Array(der))
            }
            return certificates
        }
    }
}
