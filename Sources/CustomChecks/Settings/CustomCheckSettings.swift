// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DevicePosture

/// What the administrator of this device allows organisations to ask: `/etc/countersign/custom-checks.json`.
///
/// Without the file nothing is allowed. It counts only where root alone can have written it, as signal providers' files do.
package struct CustomCheckSettings: Hashable, Sendable {
    /// Where the file is.
    package static let path = "/etc/countersign/custom-checks.json"
    /// The longest file, in bytes.
    static let limit = 16 * 1024
    /// The most organisations.
    static let mostOrganizations = 64

    /// The origins of the verifiers whose checks are run, such as `https://id.example.com`.
    package var organizations: [String]
    /// How long one check may run, in milliseconds.
    package var timeoutMillis = 2000
    /// osqueryi, where it answers in place of our own tables.
    package var osquery: OsquerySettings?

    /// Settings that allow these organisations.
    package init(organizations: [String]) { self.organizations = organizations }

    /// What the file says.
    package enum Standing: Hashable, Sendable {
        /// There is no file: nothing is allowed.
        case off
        /// It is understood.
        case on(CustomCheckSettings)
        /// It cannot be used, and so nothing is allowed; why, for a person.
        case unusable(String)
    }

    /// Reads the file of a machine; blocks for the file alone.
    ///
    /// - Parameter owner: who has to have written it; root but in tests.
    package static func read(in system: SystemView, trusting owner: UInt32 = 0) -> Standing {
        let bytes: [UInt8]
        do throws(SignalProviderFailure) {
            bytes = try TrustedFile(root: system.root, owner: owner).read(path, limit: limit)
        } catch {
            if case .unreadable(_, .absent) = error { return .off }
            return .unusable(error.description)
        }
        do throws(CustomCheckSettingsError) { return .on(try CustomCheckSettings(parsing: bytes)) } catch {
            return .unusable("\(path) \(error.problem)")
        }
    }

    /// The program that is to answer and is not there as it has to be; `nil` where all is well. Blocks for files alone.
    package var missingProgram: String? {
        guard let program = osquery?.program else { return nil }
        return TrustedFile(root: "", owner: 0).trustedProgram(program) == nil ? program : nil
    }

    /// Whether checks of an organisation are run.
    package func allows(_ organization: String) -> Bool { organizations.contains(organization) }
}

/// What is wrong with the file, as the end of a sentence that begins with its path.
struct CustomCheckSettingsError: Error, Hashable {
    let problem: String
}

extension CustomCheckSettings {
    /// Parses the file. A member that is not known is an error: it may have been meant to forbid something.
    init(parsing bytes: [UInt8]) throws(CustomCheckSettingsError) {
        guard let members = JSONValue(parsing: bytes)?.object else {
            throw CustomCheckSettingsError(problem: "is not a JSON object")
        }
        try Self.refuseOthers(members, than: ["organizations", "timeoutMillis", "osquery"], in: "")
        guard let listed = members["organizations"]?.strings, (1...Self.mostOrganizations).contains(listed.count),
            listed.allSatisfy(Self.isOrigin)
        else {
            throw CustomCheckSettingsError(
                problem: "has no list 'organizations' of 1 to 64 origins such as https://id.example.com")
        }
        organizations = listed
        if let value = members["timeoutMillis"] {
            guard let number = value.integer, (100...10_000).contains(number) else {
                throw CustomCheckSettingsError(problem: "has a timeoutMillis that is not 100 to 10000")
            }
            timeoutMillis = number
        }
        if let value = members["osquery"] {
            guard let inner = value.object else {
                throw CustomCheckSettingsError(problem: "has a member osquery that is no object")
            }
            try Self.refuseOthers(inner, than: ["program", "tables"], in: "osquery.")
            osquery = try OsquerySettings(inner)
        }
    }

    private static func refuseOthers(
        _ members: [String: JSONValue], than known: Set<String>, in path: String
    ) throws(CustomCheckSettingsError) {
        if let other = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw CustomCheckSettingsError(problem: "has a member \(path)\(other.prefix(64)) that is not known")
        }
    }

    /// Whether a text is an origin as browsers write it, so that it can be compared as text.
    static func isOrigin(_ text: String) -> Bool {
        guard text.utf8.count <= 300, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), text == text.lowercased(),
            let scheme = ["https://", "http://"].first(where: text.hasPrefix)
        else { return false }
        var host = text.dropFirst(scheme.count)
        if let colon = host.lastIndex(of: ":"), host.last != "]" {
            let port = host[host.index(after: colon)...]
            // A browser leaves the scheme's own port out, and writes the others without zeros before them.
            guard let number = UInt16(port), number > 0, number != (scheme == "https://" ? 443 : 80),
                String(number) == port
            else { return false }
            host = host[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]"), host.count > 2 {
            return host.dropFirst().dropLast().utf8.allSatisfy { "0123456789abcdef:.".utf8.contains($0) }
        }
        return !host.isEmpty && host.utf8.allSatisfy { "0123456789abcdefghijklmnopqrstuvwxyz-._".utf8.contains($0) }
    }
}
