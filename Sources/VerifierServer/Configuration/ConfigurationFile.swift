// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import DeviceAssurance
internal import FoundationEssentials
internal import TOMLConfiguration

/// The files that a configuration names, relative to its own folder.
struct ConfigurationFile {
    /// The configuration's folder.
    var directory: String

    /// The longest file that is read, in bytes.
    static let maximumLength = 1 << 20

    /// A path that does not depend on where the program was started.
    func resolve(_ path: String) -> String { path.hasPrefix("/") || directory.isEmpty ? path : "\(directory)/\(path)" }

    /// The folder of a file.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The device assurance policies of a folder: its files that end in `.json`, by name.
    ///
    /// A folder that cannot be read, has no policy, or has one that is not understood is an error: nobody is to be let in because
    /// a policy was overlooked.
    static func policies(in directory: String) throws(ConfigurationError) -> [AssurancePolicy] {
        let key = "assurance.directory"
        let files = try documents(in: directory, key: key)
        do { return try AssurancePolicy.decodeAll(files) } catch {
            throw ConfigurationError(key, "has a policy that is not understood: \(error)")
        }
    }

    /// What a folder of policies holds.
    struct Policies {
        /// The access policies.
        var policies: [AccessPolicy] = []
        /// The password policies.
        var passwordPolicies: [PasswordPolicy] = []
        /// The network zones.
        var zones: [NetworkZone] = []
    }

    /// The policies and network zones of a folder: its files that end in `.json`, by name. A policy without an id has the
    /// file's name without its ending for one.
    ///
    /// What cannot be read or understood is an error, as with policies of device assurance.
    static func accessPolicies(in directory: String) throws(ConfigurationError) -> Policies {
        let key = "policies.directory"
        var found = Policies()
        for file in try documents(in: directory, key: key) {
            do {
                switch try PolicyFile(file.name, file.bytes) {
                case .policy(let policy): found.policies.append(policy)
                case .passwords(let policy): found.passwordPolicies.append(policy)
                case .zone(let zone): found.zones.append(zone)
                }
            } catch { throw ConfigurationError(key, "has a document that is not understood: \(file.name): \(error)") }
        }
        let ids =
            (found.policies.map(\.metadata) + found.passwordPolicies.map(\.metadata) + found.zones.map(\.metadata))
            .compactMap(\.id)
        if let twice = Dictionary(grouping: ids, by: \.self).first(where: { $0.value.count > 1 })?.key {
            throw ConfigurationError(key, "has two documents of the id \"\(twice.prefix(100))\"")
        }
        guard found.policies.count(where: { $0.resourceType == .endUserAccountManagement }) <= 1 else {
            throw ConfigurationError(key, "has more than one policy for account management")
        }
        return found
    }

    /// The organisation's own checks of a folder: its files that end in `.json`, by name. As strict as policies are read.
    static func postureChecks(in directory: String) throws(ConfigurationError) -> [DevicePostureCheck] {
        let key = "assurance.posture_checks"
        var checks: [DevicePostureCheck] = []
        for (name, bytes) in try documents(in: directory, key: key, of: "check") {
            let check: DevicePostureCheck
            do { check = try DevicePostureCheck.decode(bytes, name: name) } catch {
                throw ConfigurationError(key, "has a check that is not understood: \(error)")
            }
            guard !checks.contains(where: { $0.variableName == check.variableName }) else {
                throw ConfigurationError(key, "has two checks of the variableName \(check.variableName)")
            }
            checks.append(check)
        }
        return checks
    }

    private static func documents(
        in directory: String, key: String, of kind: String = "policy"
    ) throws(ConfigurationError) -> [(name: String, bytes: [UInt8])] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".json") }
                .sorted()
        } catch {
            throw ConfigurationError(
                key, "cannot be read: \(directory)", hint: "check that the folder exists and that this user may read it"
            )
        }
        guard !names.isEmpty else {
            throw ConfigurationError(
                key, "has no \(kind): \(directory)", hint: "put one there as *.json, or leave the key out")
        }
        var files: [(name: String, bytes: [UInt8])] = []
        for name in names { files.append((name, Array(try text(at: "\(directory)/\(name)", key: key).utf8))) }
        return files
    }

    /// The bytes of a file.
    static func bytes(at path: String, key: String?, upTo limit: Int) throws(ConfigurationError) -> [UInt8] {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path)) } catch {
            throw ConfigurationError(
                key, key == nil ? "cannot read \(path)" : "cannot be read: \(path)",
                hint: "check that the file exists and that this user may read it")
        }
        guard data.count <= limit else { throw ConfigurationError(key, "\(path) is longer than \(limit) bytes") }
        return Array(data)
    }

    /// The text of a file.
    static func text(at path: String, key: String?) throws(ConfigurationError) -> String {
        guard let text = String(validating: try bytes(at: path, key: key, upTo: maximumLength), as: UTF8.self) else {
            throw ConfigurationError(key, "\(path) is not UTF-8 text")
        }
        return text
    }

    /// A secret that is all of a file's text but for line breaks at its end.
    static func secret(at path: String, key: String) throws(ConfigurationError) -> String {
        var secret = try text(at: path, key: key)[...]
        while let last = secret.last, last == "\n" || last == "\r" || last == "\r\n" { secret.removeLast() }
        return String(secret)
    }
}
