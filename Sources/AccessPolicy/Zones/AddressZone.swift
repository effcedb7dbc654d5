// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A zone by address.
public struct AddressZone: Hashable, Sendable {
    /// Addresses as a document writes them.
    public struct Entry: Hashable, Sendable {
        /// How they are written.
        public enum Notation: String, Hashable, Sendable, CaseIterable {
            /// As a network with its prefix.
            case cidr = "CIDR"
            /// As first and last.
            case range = "RANGE"
        }

        /// How.
        public var notation: Notation
        /// As it was written.
        public var value: String
        /// What it means.
        public var range: IPAddressRange

        /// Addresses, or `nil` where the text states none.
        public init?(_ notation: Notation, _ value: String) {
            guard let range = notation == .cidr ? IPAddressRange(cidr: value) : IPAddressRange(range: value) else {
                return nil
            }
            self.notation = notation
            self.value = value
            self.range = range
        }
    }

    /// The most gateways, and the most proxies.
    public static let maximumEntries = 150

    /// The addresses of the zone.
    public var gateways: [Entry]
    /// The proxies that are believed when they say for whom they ask.
    public var proxies: [Entry]

    /// A zone by address.
    public init(gateways: [Entry], proxies: [Entry] = []) {
        self.gateways = gateways
        self.proxies = proxies
    }
}
