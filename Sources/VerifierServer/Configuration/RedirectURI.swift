// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// A URI that a client registered to be sent back to.
///
/// Absolute, without a fragment, and `https`, `http` on a loopback host, or of a private-use scheme, which has a dot in its name
/// (RFC 6749 §3.1.2, RFC 8252 §7).
package struct RedirectURI: Hashable, Sendable, CustomStringConvertible {
    /// The URI as it was registered; requests must repeat it to the letter.
    package let description: String
    /// The origin that a browser goes to, for `http` and `https`.
    package let origin: Origin?

    /// A URI that may be registered, or `nil`.
    package init?(_ text: String) {
        guard (1...2048).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !text.contains("#"), let colon = text.firstIndex(of: ":")
        else { return nil }
        let scheme = text[..<colon].lowercased()
        switch scheme {
        case "https", "http":
            guard let origin = Origin(ofURL: text), scheme == "https" || origin.isLoopback else { return nil }
            self.origin = origin
        default:
            guard Self.isPrivateUse(scheme), text[colon...].utf8.count > 1 else { return nil }
            origin = nil
        }
        description = text
    }

    private static func isPrivateUse(_ scheme: String) -> Bool {
        guard let first = scheme.utf8.first, (97...122).contains(first), scheme.contains(".") else { return false }
        return scheme.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || [43, 45, 46].contains($0)
        }
    }
}
