// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
package import WireProtocol

/// What is granted: that pages of these origins may reach the agent on loopback, and nothing else.
package struct PolicyDocument: Hashable, Sendable {
    /// The origins, sorted, each once.
    package let origins: [Origin]
    /// Whether Chromium 142 to 145 is to understand it, too. Their one policy is for loopback and the local network together, and
    /// later versions still take it so.
    package let forOlderBrowsers: Bool

    /// The most origins of one document.
    package static let mostOrigins = 64

    /// Chromium's name for leave to reach loopback, since version 146.
    static let loopbackPolicy = "LoopbackNetworkAllowedForUrls"
    /// Chromium's name for leave to reach loopback and the local network, since version 139.
    static let olderPolicy = "LocalNetworkAccessAllowedForUrls"
    /// Firefox's policy, since version 150.
    static let firefoxPolicy = "LocalNetworkAccess"

    /// The document for some origins; the same for the same origins in any order.
    ///
    /// - Throws: ``PolicyRefusal`` where there is no origin or there are too many, or where one has no TLS: a browser grants nothing to a page
    ///   that anybody on the way can write.
    package init(origins: [Origin], forOlderBrowsers: Bool) throws(PolicyRefusal) {
        guard !origins.isEmpty else { throw .noOrigin }
        let sorted = Set(origins).sorted { $0.description < $1.description }
        guard sorted.count <= Self.mostOrigins else { throw .tooManyOrigins }
        for origin in sorted where origin.scheme != "https" && !origin.isLoopback { throw .insecure(origin) }
        self.origins = sorted
        self.forOlderBrowsers = forOlderBrowsers
    }

    /// The policies that Chromium and its kin read, by name.
    private var chromiumPolicies: [String: [String]] {
        let texts = origins.map(\.description)
        return forOlderBrowsers ? [Self.loopbackPolicy: texts, Self.olderPolicy: texts] : [Self.loopbackPolicy: texts]
    }

    /// The names of policies of which the last file that sets one has its way, so that two files must not set the same.
    package var policyNames: [String] { chromiumPolicies.keys.sorted() }

    /// The file for Chromium and its kin.
    package func chromiumFile() -> [UInt8] { Self.encode(chromiumPolicies) }

    /// The file for Firefox, which knows hosts alone: any port, and the local network, too.
    package func firefoxFile() -> [UInt8] {
        let hosts = Set(origins.map { $0.host.filter { $0 != "[" && $0 != "]" } }).sorted()
        return Self.encode(["policies": [Self.firefoxPolicy: ["SkipDomains": hosts]]])
    }

    /// Bytes that are the same for the same value, since what was written is known again by its digest.
    private static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Texts and lists of texts: nothing that could not be encoded.
        return ((try? encoder.encode(value)).map { Array($0) } ?? []) + [UInt8(ascii: "\n")]
    }
}
