// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOSOCKS
package import WireProtocol

/// A host and a port to connect to.
package struct NetworkEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// A name in lower case, or an address; an IPv6 address without brackets.
    package let host: String
    /// 1 to 65535.
    package let port: Int

    /// An endpoint; brackets around an IPv6 address and capitals make no difference.
    package init(host: String, port: Int) {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let plain = (isBracketed ? String(host.dropFirst().dropLast()) : host).lowercased()
        // An address is written in more than one way.
        self.host = (try? SocketAddress(ipAddress: plain, port: 0))?.ipAddress ?? plain
        self.port = port
    }

    /// Where a web origin is served.
    package init(_ origin: Origin) { self.init(host: origin.host, port: origin.port) }

    /// What a client of the proxy asks for.
    init?(_ address: SOCKSAddress) {
        switch address {
        case .domain(let host, let port): self.init(host: host, port: port)
        case .address(let address):
            guard let host = address.ipAddress, let port = address.port else { return nil }
            self.init(host: host, port: port)
        }
    }

    /// The names or addresses to connect to, the first that answers.
    ///
    /// This machine's own name is not looked up (RFC 6761 §6.3): plain HTTP goes to it, whatever a resolver would say, and not every
    /// machine has it in a table.
    var hosts: [String] { host == "localhost" ? ["127.0.0.1", "::1"] : [host] }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
