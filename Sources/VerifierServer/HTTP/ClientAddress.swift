// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Whom a request comes from, for limits and the audit log.
package struct ClientAddress: Sendable {
    private let trusted: [IPAddressRange]

    /// The rule that believes these proxies.
    package init(trusted: [IPAddressRange]) { self.trusted = trusted }

    /// The address of the one who asks.
    ///
    /// A forwarded address counts only where a trusted proxy states it: the list is walked from its end, past trusted proxies, and
    /// ends at the first address that is none. Anything that is not an address ends the walk as well.
    /// - Parameters:
    ///   - peer: the address at the other end of the connection.
    ///   - forwardedFor: the values of `X-Forwarded-For`, in their order.
    package func resolve(peer: String?, forwardedFor: [String]) -> String {
        guard let peer, var current = IPAddress(peer) else { return "unknown" }
        var text = peer
        let hops = forwardedFor.flatMap { $0.split(separator: ",") }
        for hop in hops.suffix(32).reversed() {
            guard trusted.contains(where: { $0.contains(current) }) else { break }
            let stated = hop.filter { $0 != " " && $0 != "\t" }
            guard let address = IPAddress(stated) else { break }
            current = address
            text = stated
        }
        return text
    }
}
