// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import MessageBus

/// What one of firewalld's zones lets in.
///
/// Source: firewalld.zone(5), firewalld.dbus(5).
struct FirewalldZone: Hashable, Sendable {
    /// What becomes of packets that no rule of the zone takes: `ACCEPT`, `DROP`, `%%REJECT%%`; `nil` and `default` refuse.
    var target: String?
    /// The ports that are open, by protocol.
    var ports: [String: [ClosedRange<UInt16>]] = [:]

    /// As many as the packet filter's own signal takes for nearly all.
    private static let nearlyAllPorts = 60_000
    private static let mostTags = 4096

    /// A zone as firewalld itself tells it, else as its files do.
    static func read(_ name: String, in system: SystemView) throws(ReadFailure) -> FirewalldZone {
        if name == "trusted" { return FirewalldZone(target: "ACCEPT") }
        if case .success(let answer) = system.services.answer(to: .firewalldZone(name)),
            let zone = FirewalldZone(answer: answer)
        {
            return zone
        }
        for folder in ["/etc/firewalld/zones", "/usr/lib/firewalld/zones"] {
            guard let bytes = try system.readIfPresent("\(folder)/\(name).xml") else { continue }
            guard let zone = FirewalldZone(parsing: bytes) else { throw .malformed }
            return zone
        }
        // It was made at run time, and firewalld does not tell.
        throw .absent
    }

    init(target: String? = nil) { self.target = target }

    /// A zone's settings as firewalld answers; `nil` where it is something else.
    init?(answer: BusValue) {
        guard case .dictionary(let settings) = answer else { return nil }
        if let value = settings["target"] {
            guard case .string(let text) = value else { return nil }
            target = text
        }
        guard case .list(let list) = settings["ports"] ?? .list([]) else { return nil }
        for entry in list {
            guard case .list(let pair) = entry, pair.count == 2, case .string(let port) = pair[0],
                case .string(let kind) = pair[1], add(port, kind)
            else { return nil }
        }
        guard case .list(let sources) = settings["source_ports"] ?? .list([]) else { return nil }
        for entry in sources {
            guard case .list(let pair) = entry, pair.count == 2, case .string(let port) = pair[0],
                case .string(let kind) = pair[1], add(source: port, kind)
            else { return nil }
        }
    }

    /// A zone's file; `nil` where it is none.
    init?(parsing bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var rest = text[...]
        var isZone = false
        var isRule = false
        var count = 0
        while let start = rest.utf8.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[start...]
            count += 1
            guard count <= Self.mostTags else { return nil }
            if rest.hasPrefix("<!--") {
                guard let end = rest.range(ofText: "-->") else { return nil }
                rest = rest[end.upperBound...]
                continue
            }
            guard let end = rest.utf8.firstIndex(of: UInt8(ascii: ">")) else { return nil }
            let tag = rest[..<end]
            rest = rest[rest.utf8.index(after: end)...]
            switch tag.dropFirst().prefix(while: { $0.isLetter || $0 == "/" || $0 == "-" }) {
            case "zone":
                isZone = true
                target = Self.attribute("target", in: tag)
            // A rule is for some addresses, or forbids.
            case "rule": isRule = true
            case "/rule": isRule = false
            case "port" where !isRule:
                guard let port = Self.attribute("port", in: tag), let kind = Self.attribute("protocol", in: tag),
                    add(port, kind)
                else { return nil }
            case "source-port" where !isRule:
                guard let port = Self.attribute("port", in: tag), let kind = Self.attribute("protocol", in: tag),
                    add(source: port, kind)
                else { return nil }
            default: continue
            }
        }
        guard isZone else { return nil }
    }

    /// Whether what no rule takes is let in.
    var letsAllIn: Bool { target == "ACCEPT" }

    /// Whether nearly all ports of TCP or of UDP are open, as in Fedora Workstation's zone.
    var opensNearlyAllPorts: Bool {
        ports.values.contains { ranges in
            var covered = 0
            var next = 0
            for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where Int(range.upperBound) >= next {
                covered += Int(range.upperBound) - max(next, Int(range.lowerBound)) + 1
                next = Int(range.upperBound) + 1
            }
            return covered >= Self.nearlyAllPorts
        }
    }

    /// Takes a port or range such as `1025-65535`; `false` where it is neither.
    private mutating func add(_ port: String, _ kind: String) -> Bool {
        let ends = port.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last else {
            return false
        }
        ports[kind, default: []].append(first...last)
        return true
    }

    /// Takes a port from which packets are let in to any port: all are open, since a stranger chooses where a packet comes from.
    private mutating func add(source port: String, _ kind: String) -> Bool {
        guard add(port, kind) else { return false }
        ports[kind] = [0...UInt16.max]
        return true
    }

    /// The value of an attribute in a tag.
    private static func attribute(_ name: String, in tag: Substring) -> String? {
        guard
            let start = tag.range(ofText: " \(name)=") ?? tag.range(ofText: "\n\(name)=")
                ?? tag.range(ofText: "\t\(name)=")
        else { return nil }
        let value = tag[start.upperBound...]
        guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
        return value.dropFirst().split(separator: quote, maxSplits: 1, omittingEmptySubsequences: false).first.map(
            String.init)
    }
}
