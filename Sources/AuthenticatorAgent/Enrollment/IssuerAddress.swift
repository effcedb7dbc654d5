// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// A verifier's address as a person types it.
package struct IssuerAddress: Hashable, Sendable {
    /// The address without a slash at its end, with `https://` where nothing was typed before it.
    package let url: String
    /// Its origin.
    package let origin: Origin

    /// An address that may be spoken to: https, or http to this machine alone; without query or fragment.
    ///
    /// - Throws: ``EnrollmentError``.
    package init(typed: String) throws(EnrollmentError) {
        var url = typed.contains("://") ? typed : "https://" + typed
        while url.hasSuffix("/") { url.removeLast() }
        guard url.utf8.count <= 2048, !url.contains("?"), !url.contains("#"), let origin = Origin(ofURL: url) else {
            throw EnrollmentError(
                .invalidURL, "'\(typed.prefix(200))' is not a verifier's address",
                hint: "it looks like https://id.example.com")
        }
        guard origin.scheme == "https" || origin.isLoopback else {
            throw EnrollmentError(
                .invalidURL, "'\(url)' would be spoken to in the clear",
                hint: "use https://; http is for this machine alone")
        }
        self.url = url
        self.origin = origin
    }

    /// Whether an issuer is this address; one slash at its end does not count.
    package func isIssuer(_ issuer: String) -> Bool { issuer == url || issuer == url + "/" }

    /// Whether a URL is of the same origin.
    func hasSameOrigin(_ url: String) -> Bool { Origin(ofURL: url) == origin }
}
