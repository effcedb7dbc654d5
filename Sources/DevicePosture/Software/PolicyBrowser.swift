// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A browser in one of the forms that it is installed in, and where its policies are.
///
/// Flatpaks of Brave, Chrome and Edge take the policies of the machine in when they start, and Firefox's snap may read them; so these
/// share a place with the packages of distributions. Chromium's snap reads the folder of Ubuntu's former package. Flatpaks of
/// Chromium and Firefox see none of the machine's folders, and read an extension of the sandbox in their place.
package struct PolicyBrowser: Hashable, Sendable {
    /// Why its policies could not be read.
    struct Problem: Error, Hashable, Sendable {
        let text: String
    }

    /// The name in signals.
    package let name: String
    /// The folder of policy files, or of the one file of Firefox.
    package let folder: String
    /// Further places of Firefox's file; the first file that is there is the only one that counts.
    package let otherFolders: [String]
    /// Its programs.
    let programs: [String]
    /// Its snaps.
    let snaps: [String]
    /// Its Flatpaks.
    let flatpaks: [String]
    /// The names that begin so are extensions of its Flatpak, whose policies it reads beside those of ``folder``.
    let extensionPrefixes: [String]

    /// Whether the policies are Firefox's.
    package var isFirefox: Bool { name.hasPrefix("firefox") }

    /// The most files of one browser.
    private static let mostFiles = 256
    private static let limit = 1024 * 1024

    private init(
        _ name: String, _ folder: String, otherFolders: [String] = [], programs: [String] = [], snaps: [String] = [],
        flatpaks: [String] = [], extensionPrefixes: [String] = []
    ) {
        self.name = name
        self.folder = folder
        self.otherFolders = otherFolders
        self.programs = programs
        self.snaps = snaps
        self.flatpaks = flatpaks
        self.extensionPrefixes = extensionPrefixes
    }

    /// All browsers that know such policies.
    package static let all: [PolicyBrowser] = [
        PolicyBrowser(
            "brave", "/etc/brave/policies/managed", programs: ["/usr/bin/brave-browser", "/opt/brave.com/brave/brave"],
            snaps: ["brave"], flatpaks: ["com.brave.Browser"]),
        PolicyBrowser(
            "chrome", "/etc/opt/chrome/policies/managed",
            programs: ["/usr/bin/google-chrome", "/opt/google/chrome/chrome"], flatpaks: ["com.google.Chrome"]),
        PolicyBrowser(
            "chromium", "/etc/chromium/policies/managed", programs: ["/usr/bin/chromium", "/usr/bin/chromium-browser"]),
        PolicyBrowser(
            "chromium-flatpak",
            "\(extensions)/org.chromium.Chromium.Extension.countersign/\(machine)/1/policies/managed",
            flatpaks: ["org.chromium.Chromium"],
            extensionPrefixes: ["org.chromium.Chromium.Extension.", "org.chromium.Chromium.Policy."]),
        PolicyBrowser("chromium-snap", "/etc/chromium-browser/policies/managed", snaps: ["chromium"]),
        PolicyBrowser(
            "edge", "/etc/opt/edge/policies/managed",
            programs: ["/usr/bin/microsoft-edge", "/opt/microsoft/msedge/msedge"], flatpaks: ["com.microsoft.Edge"]),
        PolicyBrowser(
            "firefox", "/etc/firefox/policies",
            otherFolders: ["/usr/lib/firefox", "/usr/lib64/firefox"].map { "\($0)/distribution" },
            programs: ["/usr/bin/firefox"], snaps: ["firefox"]),
        PolicyBrowser(
            "firefox-esr", "/etc/firefox/policies", otherFolders: ["/usr/lib/firefox-esr/distribution"],
            programs: ["/usr/bin/firefox-esr"]),
        PolicyBrowser(
            "firefox-flatpak", "\(extensions)/org.mozilla.firefox.systemconfig/\(machine)/stable/policies",
            flatpaks: ["org.mozilla.firefox"]),
    ]

    /// Where Flatpak looks for extensions that it did not install itself.
    private static let extensions = "/var/lib/flatpak/extension"

    /// Flatpak's name for the architecture, which is the kernel's.
    private static var machine: String {
        #if arch(arm64)
            "aarch64"
        #else
            "x86_64"
        #endif
    }

    /// Whether it is on a machine; a Flatpak also where the person alone has it.
    package func isInstalled(in system: SystemView) throws(ReadFailure) -> Bool {
        var paths = programs
        for snap in snaps { paths += ["/snap/\(snap)/current", "/var/lib/snapd/snap/\(snap)/current"] }
        for app in flatpaks {
            paths.append("/var/lib/flatpak/app/\(app)")
            if let home = system.home { paths.append("\(home)/.local/share/flatpak/app/\(app)") }
        }
        return try system.firstExisting(of: paths) != nil
    }

    /// The policies; `nil` where neither the browser nor a policy of it is there.
    func policies(in system: SystemView) -> Result<LoopbackPolicies?, Problem> {
        do throws(ReadFailure) {
            let isInstalled = try isInstalled(in: system)
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

    /// The policy files that Chromium and its kin read: all in the folder, whatever their names; in the order of their names, in
    /// which the last has its way.
    package func chromiumFiles(in system: SystemView) throws(ReadFailure) -> [(String, [UInt8])]? {
        var paths: [(name: String, path: String)] = []
        for folder in try folders(in: system) {
            do throws(ReadFailure) {
                paths += try system.list(folder, limit: Self.mostFiles).map { ($0, "\(folder)/\($0)") }
            } catch {
                guard error == .absent else { throw error }
            }
        }
        guard paths.count <= Self.mostFiles else { throw .tooLarge(limit: Self.mostFiles) }
        var files: [(String, [UInt8])] = []
        for (_, path) in paths.sorted(by: { ($0.name, $0.path) < ($1.name, $1.path) }) {
            files.append((path, try system.read(path, limit: Self.limit)))
        }
        return files.isEmpty ? nil : files
    }

    /// The folder, and those of the other extensions of a Flatpak.
    private func folders(in system: SystemView) throws(ReadFailure) -> [String] {
        guard !extensionPrefixes.isEmpty else { return [folder] }
        do throws(ReadFailure) {
            let names = try system.list(Self.extensions, limit: Self.mostFiles).filter { name in
                extensionPrefixes.contains { name.hasPrefix($0) }
            }
            return names.map { "\(Self.extensions)/\($0)/\(Self.machine)/1/policies/managed" }
        } catch {
            guard error == .absent else { throw error }
            return []
        }
    }

    private func firefoxFile(in system: SystemView) throws(ReadFailure) -> [(String, [UInt8])]? {
        for folder in [folder] + otherFolders {
            let path = "\(folder)/policies.json"
            if let bytes = try system.readIfPresent(path, limit: Self.limit) { return [(path, bytes)] }
        }
        return nil
    }
}
