// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Certificates as they came, the one that speaks of a key first. Nothing of them is proven.
public struct UnverifiedCertificateChain: Sendable {
    /// How many certificates are read at most.
    public static let maximumCount = 8

    /// The certificate that is asked about.
    public let leaf: Certificate
    /// What came with it.
    public let others: [AuthorityCertificate]

    /// Reads certificates in DER.
    ///
    /// - Throws: ``CertificateChainError/malformed`` or ``CertificateChainError/unsupportedKey``.
    public init(der: [[UInt8]]) throws(CertificateChainError) {
        guard let first = der.first, der.count <= Self.maximumCount else { throw .malformed }
        do {
            leaf = try Certificate(der: first)
            var others: [AuthorityCertificate] = []
            for certificate in der.dropFirst() { others.append(try AuthorityCertificate(der: certificate)) }
            self.others = others
        } catch .invalidKey {
            throw .unsupportedKey
        } catch {
            throw .malformed
        }
    }

    /// Looks for a path to what is trusted (RFC 5280 §6), at a time, without asking the network. Nothing else makes a
    /// ``VerifiedCertificateChain``.
    ///
    /// What the certificates may be used for is the caller's to check: attestation certificates are of no purpose that key usage
    /// extensions have a name for.
    /// - Parameter time: seconds since 1970.
    public func verify(
        against trusted: TrustedCertificates, at time: Int64, revocation: RevocationPolicy = .notChecked,
        evidence: RevocationEvidence = RevocationEvidence()
    ) throws(CertificateChainError) -> VerifiedCertificateChain {
        guard !trusted.isEmpty else { throw .untrusted }
        let given = others.map(\.handle) + trusted.intermediates.map(\.handle)
        let (path, store) = try path(over: given, to: trusted, at: time)
        let check = RevocationCheck(path: path, store: store, trusted: trusted, time: time, evidence: evidence)
        let known = try check.run(revocation)
        return VerifiedCertificateChain(leaf: leaf, path: path, trusted: trusted, areKnownToBeGood: known)
    }

    private func path(
        over given: [CertificateHandle], to trusted: TrustedCertificates, at time: Int64
    ) throws(CertificateChainError) -> ([CertificateHandle], CertificateStore) {
        guard let store = CertificateStore(trusted, at: time) else { throw .malformed }
        do {
            return (try store.path(from: leaf.handle, over: given), store)
        } catch .badSignature {
            // The library takes the first anchor of the right name, and makers have several roots of one name.
            let signers = trusted.anchors.filter { anchor in
                (given + [leaf.handle]).contains { $0.isSigned(by: anchor.handle) }
            }
            guard !signers.isEmpty else { throw .untrusted }
            guard signers.count < trusted.anchors.count else { throw .badSignature }
            let fewer = TrustedCertificates(
                anchors: signers, intermediates: trusted.intermediates,
                allowsPartialChain: trusted.allowsPartialChain)
            guard let store = CertificateStore(fewer, at: time) else { throw .malformed }
            return (try store.path(from: leaf.handle, over: given), store)
        }
    }
}

/// A chain that leads to a trusted certificate.
public struct VerifiedCertificateChain: Sendable {
    /// The certificate that was asked about.
    public let leaf: Certificate
    /// The path from it to the anchor, both included, in DER.
    public let path: [[UInt8]]
    /// The names on the path, for people.
    public let subjects: [String]
    /// Whether the evidence says of the leaf that it is not revoked; `false` is "not known", for what is known to be revoked does
    /// not get here.
    public var isKnownNotToBeRevoked: Bool { areKnownToBeGood[0] }

    let handles: [CertificateHandle]
    let trusted: TrustedCertificates
    /// For each certificate of the path, whether it is known not to be revoked.
    let areKnownToBeGood: [Bool]

    fileprivate init(
        leaf: Certificate, path: [CertificateHandle], trusted: TrustedCertificates, areKnownToBeGood: [Bool]
    ) {
        self.leaf = leaf
        self.path = path.map(\.der)
        subjects = path.map(\.subject)
        handles = path
        self.trusted = trusted
        self.areKnownToBeGood = areKnownToBeGood
    }
}

/// Whether anything on a path was revoked.
private struct RevocationCheck {
    let path: [CertificateHandle]
    let store: CertificateStore
    let trusted: TrustedCertificates
    let time: Int64
    let evidence: RevocationEvidence

    /// - Returns: for each certificate, whether it is known not to be revoked.
    func run(_ policy: RevocationPolicy) throws(CertificateChainError) -> [Bool] {
        guard policy != .notChecked else { return path.map { _ in false } }
        var areKnown: [Bool] = []
        for index in path.indices.dropLast() {
            let known = try isKnownToBeGood(at: index)
            if !known, policy == .wholeChain || (policy == .leaf && index == 0) { throw .revocationUnknown }
            areKnown.append(known)
        }
        // An anchor has nobody who could revoke it but the administrator.
        return areKnown + [true]
    }

    private func isKnownToBeGood(at index: Int) throws(CertificateChainError) -> Bool {
        let (certificate, issuers) = (path[index], Array(path[(index + 1)...]))
        let statuses = evidence.responses.map {
            $0.status(of: certificate, issuedBy: issuers, trusted: trusted, at: time)
        }
        guard !statuses.contains(.revoked),
            !evidence.lists.contains(where: { $0.revokes(certificate, issuedBy: issuers[0]) })
        else { throw .revoked }
        if statuses.contains(where: { $0 != .unknown }) { return true }
        do {
            _ = try store.path(from: certificate, over: issuers, checking: evidence.lists)
            return true
        } catch .revoked {
            throw .revoked
        } catch {
            return false
        }
    }
}
