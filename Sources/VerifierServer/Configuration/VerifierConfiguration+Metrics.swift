// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import TOMLConfiguration

extension VerifierConfiguration {
    /// `[metrics]`: without the table nothing is served.
    static func metrics(_ root: ConfigurationTable) throws(ConfigurationError) -> Metrics? {
        guard root.has("metrics") else { return nil }
        let section = try root.section("metrics")
        let address = try section.string("address") ?? "127.0.0.1"
        guard let listening = IPAddress(address) else {
            throw ConfigurationError(section.name("address"), "must be an IP address such as 127.0.0.1")
        }
        guard let port = try section.number("port", in: 1...65535) else {
            throw ConfigurationError(section.name("port"), "is missing")
        }
        guard let texts = try section.strings("allowed") ?? (listening.isLoopback ? ["127.0.0.0/8", "::1"] : nil) else {
            throw ConfigurationError(
                section.name("allowed"), "is missing, and \(address) is no loopback address",
                hint: "say who may ask, such as allowed = [\"10.0.0.5\"]")
        }
        let allowed = try addressRanges(texts, section.name("allowed"))
        try section.finish()
        return Metrics(address: address, port: port, allowed: allowed)
    }

    /// Address ranges of a key.
    static func addressRanges(_ texts: [String], _ key: String) throws(ConfigurationError) -> [IPAddressRange] {
        var ranges: [IPAddressRange] = []
        for text in texts {
            guard let range = IPAddressRange(text) else {
                throw ConfigurationError(
                    key, "has \"\(text.prefix(64))\", which is not an address range such as 10.0.0.0/8")
            }
            ranges.append(range)
        }
        return ranges
    }
}
