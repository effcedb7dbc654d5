// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Checks who signed a feed; made by whoever has the keys, so that this module needs no cryptography.
public protocol ReleaseFeedSignatureVerifier: Sendable {
    /// The payload of a compact JWS of type ``SignedReleaseFeed/type`` that a pinned key signed.
    ///
    /// - Throws: where it is not of that type, or no pinned key signed it.
    func payload(of compactJWS: String) throws -> [UInt8]
}

/// A feed as it is distributed: a compact JWS (RFC 7515) over the feed's JSON, signed by a key that the administrator pins.
public enum SignedReleaseFeed {
    /// The `typ` of its header.
    public static let type = "countersign-releasefeed+jwt"
    /// How far the issuer's clock may be ahead, in seconds.
    public static let clockTolerance: Int64 = 300

    /// The feed that a signed document brings.
    ///
    /// - Parameters:
    ///   - compactJWS: the document.
    ///   - current: the feed that is in use. An older one never takes its place, nor another one of the same time: whoever can
    ///     replay an old feed could make releases count that are not supported any more.
    ///   - now: seconds since 1970.
    ///   - verifier: checks the signature.
    /// - Throws: ``ReleaseFeedRefusal``, or what the verifier throws.
    public static func accept(
        _ compactJWS: String, replacing current: ReleaseFeed?, now: Int64,
        verifiedBy verifier: some ReleaseFeedSignatureVerifier
    ) throws -> ReleaseFeed {
        let payload = try verifier.payload(of: compactJWS)
        let feed: ReleaseFeed
        do { feed = try ReleaseFeed.decode(payload, name: "release feed") } catch {
            throw ReleaseFeedRefusal.notUnderstood(error)
        }
        try accept(feed, replacing: current, now: now)
        return feed
    }

    /// Whether a feed whose signer is known may take the place of another.
    ///
    /// - Throws: ``ReleaseFeedRefusal``.
    public static func accept(
        _ feed: ReleaseFeed, replacing current: ReleaseFeed?, now: Int64
    ) throws(ReleaseFeedRefusal) {
        guard feed.issuedAt <= now + clockTolerance else { throw .ofTheFuture }
        guard feed.expiresAt.map({ $0 > now }) ?? true else { throw .expired }
        guard let current else { return }
        guard feed.issuedAt > current.issuedAt || feed == current else { throw .older }
    }
}

/// Why a feed was not taken; the one that is in use stays.
public enum ReleaseFeedRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// It is not a feed.
    case notUnderstood(AssurancePolicyError)
    /// It is older than the feed in use, or another one of the same time.
    case older
    /// It says that it was issued later than now.
    case ofTheFuture
    /// Its time is over.
    case expired

    public var description: String {
        switch self {
        case .notUnderstood(let error): "the release feed is not understood: \(error)"
        case .older: "the release feed is not newer than the one in use; keep that one"
        case .ofTheFuture: "the release feed was issued in the future; check the clocks"
        case .expired: "the release feed has expired; get a newer one"
        }
    }
}
