// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NetworkPlaces

/// What is known of a person's habits, by which something new is noticed.
struct RiskMemory: StoredRecord, Hashable {
    static let collection = "risk_memories"
    /// How many networks are remembered.
    static let maximumNetworks = 32
    /// How many devices are remembered.
    static let maximumDevices = 64

    /// The person's id.
    let id: String
    /// The networks that they signed in from, the last one first.
    var networks: [String] = []
    /// The device assurance policies that each of their devices met last, by the device's id.
    var devices: [String: Set<String>] = [:]
    /// Where they signed in from last, as far as anybody knows; absent in records of a version that did not ask.
    var lastPlace: PlacedSignIn?
    /// When a page of another origin last tried to use a sign-in of theirs, in seconds since 1970.
    var refusedPhishingAt: Int64?

    /// A sign-in with its place.
    struct PlacedSignIn: Hashable, Sendable, Codable {
        /// Where.
        var place: Place
        /// When, in seconds since 1970.
        var time: Int64
    }

    init(id: String) { self.id = id }

    /// Notes where a sign-in that was let in came from; an address of which nobody knows changes nothing.
    mutating func note(_ place: Place?, at now: Int64) {
        if let place { lastPlace = PlacedSignIn(place: place, time: now) }
    }

    /// Notes a sign-in that was let in.
    mutating func note(deviceID: String?, address: String, met: Set<String>) {
        if let network = NetworkName(of: address)?.text {
            networks.removeAll { $0 == network }
            networks.insert(network, at: 0)
            networks = Array(networks.prefix(Self.maximumNetworks))
        }
        guard let deviceID else { return }
        if devices[deviceID] == nil, devices.count >= Self.maximumDevices, let first = devices.keys.min() {
            devices[first] = nil
        }
        devices[deviceID] = met
    }
}

/// A network that stands for its addresses: the first 24 bits of IPv4, the first 48 of IPv6.
struct NetworkName: Hashable, Sendable {
    let text: String

    /// The network of an address, or `nil` where the text is none.
    init?(of address: String) {
        guard let bytes = IPAddress(address)?.bytes else { return nil }
        text =
            bytes.prefix(bytes.count == 4 ? 3 : 6).map { String($0, radix: 16) }.joined(separator: ":")
            + (bytes.count == 4 ? "/24" : "/48")
    }
}
