// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a browser's policies say of one page that wants to reach the agent on loopback.
///
/// Without such a policy the browser asks the person the first time; on machines of an organisation the policy is set.
public struct LoopbackGrant: Hashable, Sendable {
    /// What the policies say.
    public enum State: Hashable, Sendable {
        /// The page may, without a question.
        case allowed
        /// The page may not, and the person is not asked.
        case blocked
        /// No policy says anything: the browser asks.
        case notSet
        /// It cannot be told, for this reason.
        case unknown(String)
    }

    /// The browser, such as `chrome`.
    public let browser: String
    /// The page's origin.
    public let origin: String
    /// What the policies say.
    public let state: State
    /// Where it was read.
    public let source: String

    /// A state of one browser.
    init(browser: String, origin: String, state: State, source: String) {
        self.browser = browser
        self.origin = origin
        self.state = state
        self.source = source
    }

    /// What the policies of all browsers on a machine say of these origins; the browsers are those of which a program or a
    /// policy is there.
    ///
    /// - Parameter origins: the organisations' origins; at most 16 are looked at.
    public static func read(for origins: [String], in system: SystemView) -> [LoopbackGrant] {
        var grants: [LoopbackGrant] = []
        let origins = origins.prefix(16)
        for browser in PolicyBrowser.all {
            switch browser.policies(in: system) {
            case .success(nil): continue
            case .success(.some(let policies)):
                for origin in origins {
                    let state = WebOrigin(origin).map(policies.state) ?? .unknown("it is not an origin")
                    grants.append(
                        LoopbackGrant(browser: browser.name, origin: origin, state: state, source: browser.folder))
                }
            case .failure(let problem):
                for origin in origins {
                    grants.append(
                        LoopbackGrant(
                            browser: browser.name, origin: origin, state: .unknown(problem.text), source: browser.folder
                        ))
                }
            }
        }
        return grants
    }
}

/// The origin of a page: scheme, host and port, as far as a policy's patterns look at them.
struct WebOrigin: Hashable, Sendable {
    /// `https` or `http`.
    let scheme: String
    /// The host in lower case.
    let host: String
    /// The port, also where it is the scheme's own.
    let port: Int

    /// Parses `scheme://host[:port]`, or gives `nil` where the text is something else.
    init?(_ text: String) {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4 && parts[3].isEmpty, parts[1].isEmpty,
            parts[0] == "https:" || parts[0] == "http:"
        else { return nil }
        scheme = String(parts[0].dropLast())
        var host = parts[2]
        var port = scheme == "https" ? 443 : 80
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
            guard let number = Int(host[host.index(after: colon)...]), (1...65_535).contains(number) else { return nil }
            port = number
            host = host[..<colon]
        }
        guard !host.isEmpty, !host.contains("@"), !host.contains("*") else { return nil }
        self.host = String(host)
        self.port = port
    }

    /// Whether a pattern of Chromium's content settings takes this origin in: `*`, `https://*`, `[*.]example.com:443`.
    func matches(contentPattern text: String) -> Bool {
        var rest = text.lowercased()[...]
        if rest == "*" { return true }
        if let mark = rest.range(ofText: "://") {
            let pattern = rest[..<mark.lowerBound]
            guard pattern == "*" || pattern == scheme else { return false }
            rest = rest[mark.upperBound...]
        }
        if rest.hasSuffix("/*") { rest = rest.dropLast(2) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.contains("/") else { return false }
        if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
            let pattern = rest[rest.index(after: colon)...]
            guard pattern == "*" || Int(pattern) == port else { return false }
            rest = rest[..<colon]
        }
        if rest == "*" { return true }
        guard rest.hasPrefix("[*.]") else { return rest == host }
        let domain = rest.dropFirst(4)
        return !domain.isEmpty && (host == domain || host.hasSuffix("." + domain))
    }

    /// Whether one of Firefox's domains to skip takes this origin in: the host, `*.` and a domain that is the host's or above it, or
    /// `*` alone. Firefox compares with the host of the page, as with that of the request.
    func matches(firefoxDomain text: String) -> Bool {
        let pattern = text.trimmed
        if pattern == "*" { return true }
        guard pattern.hasPrefix("*.") else { return pattern == host }
        return pattern.count > 2 && (host == pattern.dropFirst(2) || host.hasSuffix(pattern.dropFirst()))
    }
}
