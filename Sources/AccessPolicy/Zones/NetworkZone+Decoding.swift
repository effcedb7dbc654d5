// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension NetworkZone {
    /// Reads a zone as Okta's API writes it.
    ///
    /// - Throws: ``PolicyDocumentError`` with the place.
    public static func decode(_ bytes: [UInt8]) throws(PolicyDocumentError) -> NetworkZone {
        try NetworkZone(DocumentNode.read(bytes))
    }

    /// What zones have. A member that is left out would make the zone wider than it was meant.
    private static let members: Set<String> = [
        "id", "name", "type", "status", "system", "usage", "created", "lastUpdated", "priority", "gateways", "proxies",
        "asns", "locations", "proxyType", "ipServiceCategories", "_links", "_embedded", "useAsExemptList",
        "useAsBlackList",
    ]

    init(_ node: DocumentNode) throws(PolicyDocumentError) {
        try node.object()
        metadata = try PolicyMetadata(node)
        guard metadata.name.count <= 128 else { throw node.error("has a name of more than 128 characters") }
        usage = try node.member("usage")?.choice(Usage.self) ?? .policy
        let type = try node.required("type")
        try node.refuseUnrecognized(besides: Self.members)
        switch try type.string().asciiUppercased {
        case "IP": kind = .addresses(try AddressZone(node))
        case "DYNAMIC": kind = .dynamic(try DynamicZone(node))
        case "DYNAMIC_V2": kind = .enhanced(try EnhancedDynamicZone(node))
        default: throw type.error("is not one of IP, DYNAMIC, DYNAMIC_V2")
        }
        try refuseContradictions(node)
    }
}

extension AddressZone {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        gateways = try Self.entries(node.member("gateways"))
        proxies = try Self.entries(node.member("proxies"))
    }

    private static func entries(_ node: DocumentNode?) throws(PolicyDocumentError) -> [Entry] {
        guard let node else { return [] }
        return try node.elements(atMost: maximumEntries).map { (element) throws(PolicyDocumentError) in
            try element.object()
            try element.refuseUnrecognized(besides: ["type", "value"])
            let notation = try element.required("type").choice(Entry.Notation.self)
            let value = try element.required("value")
            guard let entry = Entry(notation, try value.string()) else {
                throw value.error(
                    notation == .cidr
                        ? "is no network, such as \"192.0.2.0/24\" or \"2001:db8::/32\""
                        : "is no range, such as \"192.0.2.1-192.0.2.9\"")
            }
            return entry
        }
    }
}

extension NetworkZone {
    /// What Okta tells once more in words of its own: that a zone is the one that nothing blocks, or is kept out.
    fileprivate func refuseContradictions(_ node: DocumentNode) throws(PolicyDocumentError) {
        if let exempts = node.member("useAsExemptList"), try exempts.boolean(), !isExempt {
            throw exempts.error("is true for the system's zone \(Self.exemptName) alone")
        }
        if let blocks = node.member("useAsBlackList"), try blocks.boolean(), usage != .blocklist {
            throw blocks.error("is true, and usage is not BLOCKLIST")
        }
    }
}

extension DynamicZone {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        autonomousSystems = try node.member("asns")?.strings(atMost: 150) ?? []
        locations = try ZoneLocation.list(node.member("locations"))
        guard let type = node.member("proxyType") else { return }
        let text = try type.string()
        guard let proxy = Proxy.allCases.first(where: { $0.rawValue.asciiUppercased == text.asciiUppercased }) else {
            throw type.error("is not one of \(Proxy.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.proxy = proxy
    }
}

extension EnhancedDynamicZone {
    fileprivate init(_ node: DocumentNode) throws(PolicyDocumentError) {
        autonomousSystems =
            try node.member("asns").map { (n) throws(PolicyDocumentError) in try Inclusion(n) }
            ?? Inclusion()
        if let locations = node.member("locations") {
            try locations.object()
            try locations.refuseUnrecognized(besides: ["include", "exclude"])
            includedLocations = try ZoneLocation.list(locations.member("include"))
            excludedLocations = try ZoneLocation.list(locations.member("exclude"))
        }
        serviceCategories =
            try node.member("ipServiceCategories").map { (n) throws(PolicyDocumentError) in
                try Inclusion(n)
            } ?? Inclusion()
    }
}

extension ZoneLocation {
    fileprivate static func list(_ node: DocumentNode?) throws(PolicyDocumentError) -> [ZoneLocation] {
        guard let node else { return [] }
        return try node.elements(atMost: 1000).map { (element) throws(PolicyDocumentError) in
            try element.object()
            try element.refuseUnrecognized(besides: ["country", "region"])
            return ZoneLocation(
                country: try element.required("country").string().asciiUppercased,
                region: try element.member("region")?.string().asciiUppercased)
        }
    }
}
