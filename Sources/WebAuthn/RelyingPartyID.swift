// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The relying party that credentials of the agent are bound to.
public enum RelyingPartyID {
    /// The id for a verifier: its host below a domain that can never be a web site's (RFC 6761 §6.4), so that a passkey of the
    /// organisation's web sites and a credential of the agent can never stand in for each other.
    ///
    /// - Parameter issuer: the issuer URL, such as `https://id.example.com:8443/tenant`.
    /// - Returns: such as `id.example.com.countersign.invalid`; `nil` where the text has no host.
    public static func derived(fromIssuer issuer: String) -> String? {
        guard let colon = issuer.firstIndex(of: ":"), issuer[colon...].hasPrefix("://") else { return nil }
        var host = issuer[colon...].dropFirst(3).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            host = host[host.index(after: host.startIndex)..<end]
        } else {
            host = host.prefix { $0 != ":" }
        }
        guard !host.isEmpty else { return nil }
        return String(host.map { $0 == ":" ? "-" : $0 }).lowercased() + ".countersign.invalid"
    }
}
