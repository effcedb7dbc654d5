// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import LocalSockets
internal import NIOHTTP1
internal import WireProtocol

/// The calling end of a connection, and whether it is the user's own.
struct CallingSocket: Sendable {
    let connection: SocketPair
    let owners: SocketOwnerLookup
    let rule: PeerRule

    /// The owner at this moment.
    var owner: SocketOwner { owners.peerOwner(of: connection) }

    /// Whether the socket still stands and is the user's own.
    var isServed: Bool { rule.serves(owner) }
}

/// The checks that a request must pass before its body is looked at: owner of the socket, `Host`, `Origin`, and that a page's
/// script sent it.
struct RequestChecks: Sendable {
    /// The port of the agent.
    let port: Int

    /// The longest `Origin` that is looked at, in bytes.
    private static let maximumOriginLength = 300

    /// Checks a request.
    ///
    /// - Parameter needsOrigin: whether it must say of which origin the page is.
    /// - Parameter isPreflight: a preflight carries nothing, and the browser shows a page the answer to the request that
    ///   follows only if it was let through; so it is answered whoever asks, and the request is not.
    /// - Returns: the `Origin` header, where there is one.
    func check(
        _ headers: HTTPHeaders, from socket: CallingSocket, needsOrigin: Bool, isPreflight: Bool = false
    ) throws(ChallengeRefusal) -> String? {
        guard isPreflight || socket.isServed else { throw .notForThisAgent }
        try checkHost(headers)
        let origin = try checkOrigin(headers, needsOrigin: needsOrigin)
        try checkFetchMetadata(headers)
        return origin
    }

    /// The media type of a challenge makes a browser ask first (Fetch §3.2.2), and so cannot come from a form.
    func checkContentType(_ headers: HTTPHeaders) throws(ChallengeRefusal) {
        let types = headers["content-type"]
        guard types.count == 1,
            let type = types[0].split(separator: ";", omittingEmptySubsequences: false).first,
            type.filter({ $0 != " " && $0 != "\t" }).lowercased() == "application/json"
        else { throw .malformed("the body must be application/json") }
    }

    /// A name that another site's DNS brought here is not ours.
    private func checkHost(_ headers: HTTPHeaders) throws(ChallengeRefusal) {
        let hosts = headers["host"]
        guard hosts.count == 1 else { throw .malformed("one Host header is needed") }
        let host = hosts[0].lowercased()
        guard host == "localhost:\(port)" || host == "127.0.0.1:\(port)" || host == "[::1]:\(port)" else {
            throw .malformed("the Host header does not name this endpoint")
        }
    }

    private func checkOrigin(_ headers: HTTPHeaders, needsOrigin: Bool) throws(ChallengeRefusal) -> String? {
        let origins = headers["origin"]
        guard origins.count <= 1 else { throw .malformed("more than one Origin header") }
        guard let origin = origins.first else {
            if needsOrigin { throw .malformed("an Origin header is needed") }
            return nil
        }
        guard Self.isAcceptable(origin) else { throw .malformed("the Origin header names no origin") }
        return origin
    }

    /// Whether an `Origin` names one at all: `null` stands for a page that hides it.
    static func isAcceptable(_ origin: String) -> Bool {
        origin != "null" && !origin.isEmpty && origin.utf8.count <= maximumOriginLength
            && origin.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// Where the browser says how a request came about (Fetch Metadata §2), only a script's `fetch` counts.
    private func checkFetchMetadata(_ headers: HTTPHeaders) throws(ChallengeRefusal) {
        guard headers["sec-fetch-mode"].allSatisfy({ $0 == "cors" }),
            headers["sec-fetch-dest"].allSatisfy({ $0 == "empty" })
        else { throw .malformed("only a page's script may ask here") }
    }
}
