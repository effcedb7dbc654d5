// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import LocalSockets

/// Who brought a challenge, and waits for what comes of it.
enum ChallengeBearer: Sendable {
    /// A page, over the loopback.
    ///
    /// - Parameter originHeader: the `Origin` as the browser sent it.
    case page(originHeader: String, socket: CallingSocket)
    /// A link that the desktop opened, over the control socket, which serves the user alone. Of which page it was nobody knows.
    case link

    /// The `Origin` header; `nil` for a link, which has none.
    var originHeader: String? {
        if case .page(let header, _) = self { header } else { nil }
    }

    /// By what it is counted.
    var name: String { originHeader ?? "link" }

    /// Whether it is still there and the user's own. A link's connection was looked at when it was made, and is abandoned when it ends.
    var isServed: Bool {
        if case .page(_, let socket) = self { socket.isServed } else { true }
    }

    /// The owner of a page's socket at this moment.
    var owner: SocketOwner? {
        if case .page(_, let socket) = self { socket.owner } else { nil }
    }
}
