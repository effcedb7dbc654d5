// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The first packet of a connection that a stranger opens to this machine, on a port that no rule has in mind: what a firewall is
/// there to drop.
struct StrangersPacket: Hashable, Sendable {
    /// The families of addresses.
    enum Family: String, Hashable, Sendable, CaseIterable {
        /// IPv4.
        case ip
        /// IPv6.
        case ip6

        /// The name, for a person.
        var title: String { self == .ip ? "IPv4" : "IPv6" }
    }

    /// The protocols above.
    enum Transport: String, Hashable, Sendable, CaseIterable {
        /// TCP.
        case tcp
        /// UDP.
        case udp

        /// The number in the IP header.
        var number: Int { self == .tcp ? 6 : 17 }
    }

    /// The family.
    let family: Family
    /// The protocol.
    let transport: Transport
    /// The interface that it comes in by; `nil` for one that no rule names.
    let interface: String?
}

/// Whether a condition holds for a packet of which only some is known.
enum Condition: Hashable, Sendable {
    /// It does.
    case holds
    /// It does not.
    case fails
    /// It may well: an address of the machine itself, a rate that is not reached.
    case mayHold
    /// `nft` does not show the condition, or it is not understood.
    case hidden

    /// The opposite.
    var inverted: Condition {
        switch self {
        case .holds: .fails
        case .fails: .holds
        case .mayHold, .hidden: self
        }
    }

    init(_ holds: Bool) { self = holds ? .holds : .fails }
}
