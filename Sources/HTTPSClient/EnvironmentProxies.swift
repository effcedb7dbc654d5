// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The proxies that environment variables name, as libcurl understands them (libcurl-env(3)).
package struct EnvironmentProxies: Hashable, Sendable {
    private let byScheme: [String: String]
    private let exceptions: [String]

    /// The proxies of an environment.
    ///
    /// `http_proxy` counts in lower case alone: a web server sets the other for what it runs, from a header that anybody sends.
    package init(_ environment: [String: String]) {
        func value(_ names: String...) -> String? { names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } }
        let all = value("all_proxy", "ALL_PROXY")
        var byScheme: [String: String] = [:]
        byScheme["https"] = value("https_proxy", "HTTPS_PROXY") ?? all
        byScheme["http"] = value("http_proxy") ?? all
        self.byScheme = byScheme
        let listed = value("no_proxy", "NO_PROXY") ?? ""
        exceptions = listed.lowercased().split { $0 == "," || $0 == " " }.map(String.init)
    }

    /// Where the proxies are: a host, an IPv6 address without brackets, and a port.
    package var endpoints: [(host: String, port: Int)] { byScheme.values.compactMap(Self.endpoint) }

    /// Where a proxy is that was named so; libcurl takes port 1080 where none is named, and 443 for one that is spoken to by TLS.
    private static func endpoint(of proxy: String) -> (host: String, port: Int)? {
        let scheme = proxy.firstRange(of: "://")
        let rest = scheme.map { proxy[$0.upperBound...] } ?? proxy[...]
        let authority = rest.prefix { $0 != "/" }
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let usual = scheme.map { proxy[..<$0.lowerBound].lowercased() } == "https" ? 443 : 1080
        guard place.first == "[" else {
            let parts = place.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let host = parts.first, !host.isEmpty else { return nil }
            let port = parts.count == 2 ? Int(parts[1]) : usual
            return port.map { (String(host), $0) }
        }
        guard let close = place.firstIndex(of: "]") else { return nil }
        let after = place[place.index(after: close)...]
        let port = after.first == ":" ? Int(after.dropFirst()) : usual
        return port.map { (String(place[place.index(after: place.startIndex)..<close]), $0) }
    }

    /// The proxy for a host, or `nil` where it is spoken to directly. The host is a name or an address, an IPv6 address in brackets or not.
    package func proxy(scheme: String, host: String) -> String? {
        var host = host.lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let isExcepted = exceptions.contains { exception in
            if exception == "*" { return true }
            var name = exception[...]
            while name.first == "." { name.removeFirst() }
            if name.last == "." { name.removeLast() }
            if name.first == "[", name.last == "]" { name = name.dropFirst().dropLast() }
            return !name.isEmpty && (host == name || host.hasSuffix("." + name))
        }
        return isExcepted ? nil : byScheme[scheme]
    }
}
