// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The members of a browser's policies that decide about requests to loopback.
enum LoopbackPolicies: Hashable, Sendable {
    /// Those of Chromium and what is made of it, of all files together.
    case chromium([String: JSONValue])
    /// Firefox's `LocalNetworkAccess`, where it is set.
    case firefox([String: JSONValue])

    /// Puts Chromium's files together: of two values for one name the one in the file that sorts last stands.
    static func chromium(merging files: [JSONValue]) -> LoopbackPolicies? {
        var members: [String: JSONValue] = [:]
        for file in files {
            guard let object = file.object else { return nil }
            members.merge(object) { _, later in later }
        }
        return .chromium(members)
    }

    /// Takes Firefox's member out of its file.
    static func firefox(in file: JSONValue) -> LoopbackPolicies? {
        guard let policies = file["policies"]?.object else { return nil }
        guard let member = policies["LocalNetworkAccess"] else { return .firefox([:]) }
        return member.object.map(LoopbackPolicies.firefox)
    }

    /// What they say of an origin.
    func state(of origin: WebOrigin) -> LoopbackGrant.State {
        switch self {
        case .chromium(let members): Self.chromiumState(of: origin, members)
        case .firefox(let members): Self.firefoxState(of: origin, members)
        }
    }

    /// The more special policy stands before the older one, and to block before to allow.
    private static func chromiumState(of origin: WebOrigin, _ members: [String: JSONValue]) -> LoopbackGrant.State {
        let order: [(String, LoopbackGrant.State)] = [
            ("LoopbackNetworkBlockedForUrls", .blocked), ("LoopbackNetworkAllowedForUrls", .allowed),
            ("LocalNetworkAccessBlockedForUrls", .blocked), ("LocalNetworkAccessAllowedForUrls", .allowed),
        ]
        for (name, state) in order {
            guard let value = members[name] else { continue }
            guard let patterns = value.strings else { return .unknown("\(name) is not a list of texts") }
            if patterns.contains(where: { origin.matches(contentPattern: $0) }) { return state }
        }
        return members["LocalNetworkAccessRestrictionsTemporaryOptOut"]?.boolean == true ? .allowed : .notSet
    }

    private static func firefoxState(of origin: WebOrigin, _ members: [String: JSONValue]) -> LoopbackGrant.State {
        if members["Enabled"]?.boolean == false { return .allowed }
        if let value = members["SkipDomains"] {
            guard let domains = value.strings else { return .unknown("SkipDomains is not a list of texts") }
            if domains.contains(where: { origin.matches(firefoxDomain: $0) }) { return .allowed }
        }
        return members["Enabled"]?.boolean == true && members["EnablePrompting"]?.boolean == false ? .blocked : .notSet
    }
}

/// A browser, and where its policies are.
struct PolicyBrowser: Hashable, Sendable {
    /// Why its policies could not be read.
    struct Problem: Error, Hashable, Sendable {
        let text: String
    }

    /// The name in signals.
    let name: String
    /// The folder of policy files, or of the one file of Firefox.
    let folder: String
    /// Further places of Firefox's file, of which the first that is there counts.
    let otherFolders: [String]
    /// Its programs.
    let programs: [String]
    /// Whether the policies are Firefox's.
    var isFirefox: Bool { name.hasPrefix("firefox") }

    /// The most files of one browser.
    private static let mostFiles = 256
    private static let limit = 1024 * 1024

    /// All browsers that know such policies.
    static let all: [PolicyBrowser] = [
        PolicyBrowser(
            name: "brave", folder: "/etc/brave/policies/managed", otherFolders: [], programs: ["/usr/bin/brave-browser"]
        ),
        PolicyBrowser(
            name: "chrome", folder: "/etc/opt/chrome/policies/managed", otherFolders: [],
            programs: ["/usr/bin/google-chrome", "/opt/google/chrome/chrome"]),
        PolicyBrowser(
            name: "chromium", folder: "/etc/chromium/policies/managed", otherFolders: [],
            programs: ["/usr/bin/chromium", "/usr/bin/chromium-browser"]),
        PolicyBrowser(
            name: "edge", folder: "/etc/opt/edge/policies/managed", otherFolders: [],
            programs: ["/usr/bin/microsoft-edge", "/opt/microsoft/msedge/msedge"]),
        PolicyBrowser(
            name: "firefox", folder: "/etc/firefox/policies",
            otherFolders: ["/usr/lib/firefox", "/usr/lib64/firefox"].map { "\($0)/distribution" },
            programs: ["/usr/bin/firefox"]),
        PolicyBrowser(
            name: "firefox-esr", folder: "/etc/firefox/policies",
            otherFolders: ["/etc/firefox-esr/policies", "/usr/lib/firefox-esr/distribution"],
            programs: ["/usr/bin/firefox-esr"]),
    ]

    /// The policies; `nil` where neither the browser nor a policy of it is there.
    func policies(in system: SystemView) -> Result<LoopbackPolicies?, Problem> {
        do throws(ReadFailure) {
            let isInstalled = try system.firstExisting(of: programs) != nil
            let files = try isFirefox ? firefoxFile(in: system) : chromiumFiles(in: system)
            guard let files else {
                return .success(isInstalled ? (isFirefox ? .firefox([:]) : .chromium([:])) : nil)
            }
            // The folder of Firefox's policies is one for all its editions.
            guard isInstalled || !isFirefox else { return .success(nil) }
            var documents: [JSONValue] = []
            for (path, bytes) in files {
                guard let document = JSONValue(parsing: bytes) else {
                    return .failure(Problem(text: "\(path) is not the JSON that is expected"))
                }
                documents.append(document)
            }
            let policies =
                isFirefox
                ? documents.first.flatMap(LoopbackPolicies.firefox) : LoopbackPolicies.chromium(merging: documents)
            guard let policies else { return .failure(Problem(text: "the policies are not of the expected form")) }
            return .success(policies)
        } catch {
            return .failure(Problem(text: "\(folder) \(error.predicate)"))
        }
    }

    private func chromiumFiles(in system: SystemView) throws(ReadFailure) -> [(String, [UInt8])]? {
        let names: [String]
        do throws(ReadFailure) {
            names = try system.list(folder, limit: Self.mostFiles)
        } catch {
            guard error == .absent else { throw error }
            return nil
        }
        var files: [(String, [UInt8])] = []
        for name in names where name.hasSuffix(".json") {
            files.append(("\(folder)/\(name)", try system.read("\(folder)/\(name)", limit: Self.limit)))
        }
        return files.isEmpty ? nil : files
    }

    private func firefoxFile(in system: SystemView) throws(ReadFailure) -> [(String, [UInt8])]? {
        for folder in [folder] + otherFolders {
            let path = "\(folder)/policies.json"
            if let bytes = try system.readIfPresent(path, limit: Self.limit) { return [(path, bytes)] }
        }
        return nil
    }
}
