// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Where networks are, by the table of an organisation's choice: of all networks that hold an address the smallest one tells.
public struct PlaceTable: Sendable {
    private var four = PrefixTable<UInt32>()
    private var six = PrefixTable<UInt128>()

    /// A table without networks.
    init() {}

    /// How many networks it has.
    public var count: Int { four.count + six.count }

    /// Where an address is, or `nil` where no network of the table holds it.
    ///
    /// - Parameter address: the bytes of an IPv4 address (4) or an IPv6 address (16), in network order.
    public func place(of address: [UInt8]) -> Place? {
        switch address.count {
        case 4: four.place(of: address.reduce(0) { $0 << 8 | UInt32($1) })
        case 16: six.place(of: address.reduce(0) { $0 << 8 | UInt128($1) })
        default: nil
        }
    }

    /// Adds a network that is not there yet.
    mutating func add(_ network: Network, at place: Place) {
        switch network {
        case .four(let prefix, let bits): four.add(prefix, bits, place)
        case .six(let prefix, let bits): six.add(prefix, bits, place)
        }
    }

    /// Makes ready what was added; whether each network was added once alone.
    mutating func seal() -> Bool { four.seal() && six.seal() }
}

/// Networks of one family: for each length of prefix the prefixes in their order.
private struct PrefixTable<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    private struct Entry: Sendable {
        let key: Key
        // As exact as a few metres, at half the room.
        let latitude: Float
        let longitude: Float
    }

    private var entries = [[Entry]](repeating: [], count: Key.bitWidth + 1)

    var count: Int { entries.reduce(0) { $0 + $1.count } }

    mutating func add(_ key: Key, _ bits: Int, _ place: Place) {
        entries[bits].append(
            Entry(key: key, latitude: Float(place.latitude), longitude: Float(place.longitude)))
    }

    mutating func seal() -> Bool {
        for bits in entries.indices {
            entries[bits].sort { $0.key < $1.key }
            if zip(entries[bits], entries[bits].dropFirst()).contains(where: { $0.key == $1.key }) { return false }
        }
        return true
    }

    func place(of address: Key) -> Place? {
        for bits in entries.indices.reversed() where !entries[bits].isEmpty {
            let key = (address >> (Key.bitWidth - bits)) << (Key.bitWidth - bits)
            if let entry = entry(key, among: entries[bits]) {
                return Place(latitude: Double(entry.latitude), longitude: Double(entry.longitude))
            }
        }
        return nil
    }

    private func entry(_ key: Key, among entries: [Entry]) -> Entry? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].key == key ? entries[low] : nil
    }
}
