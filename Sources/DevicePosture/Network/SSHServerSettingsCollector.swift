// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import Glibc

/// The signal `sshServerSettings`: what OpenSSH's server lets in, by its files.
struct SSHServerSettingsCollector: SingleSignalCollector {
    static let name = SignalName.sshServerSettings
    private static let files = ["/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config"]
    private static let programs = ["/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd", "/nix/store"]
    private static let limit = 256 * 1024
    /// The most files that one server's configuration has.
    private static let mostFiles = 256

    func find(in system: SystemView) -> Finding {
        if case .flatpak = Confinement.detect(in: system) {
            return .unknown("the sandbox hides the machine's files", source: Self.files[0])
        }
        guard (try? system.exists("/usr")) == true else {
            return .unknown("the machine's programs cannot be seen", source: Self.files[0])
        }
        var path = Self.files[0]
        do throws(ReadFailure) {
            guard try system.firstExisting(of: Self.programs) != nil else {
                return .notApplicable("no OpenSSH server is installed", source: path)
            }
            guard let first = try system.firstExisting(of: Self.files) else {
                // Without a file the server does not start.
                return .notApplicable("no OpenSSH server is set up", source: path)
            }
            path = first
            var settings = SSHServerSettings()
            var filesLeft = Self.mostFiles
            try settings.add(try Self.file(path, in: system)) { pattern throws(ReadFailure) in
                var files: [SSHConfigurationFile] = []
                for included in try Self.paths(of: pattern, in: system) {
                    path = included
                    filesLeft -= 1
                    guard filesLeft > 0 else { throw .tooLarge(limit: Self.mostFiles) }
                    files.append(try Self.file(included, in: system))
                }
                return files
            }
            return Finding(
                .known(.strings(settings.entries)), source: first, evidence: Self.evidence(of: settings, in: system))
        } catch {
            let help = error == .denied ? ": this needs the posture helper" : ""
            return .unknown("\(path) \(error.predicate)\(help)", source: path)
        }
    }

    private static func evidence(of settings: SSHServerSettings, in system: SystemView) -> [String] {
        var evidence: [String] = []
        if settings.matchBlocks > 0 {
            let names = settings.conditionalKeywords.sorted().joined(separator: ", ")
            evidence.append(
                "Match blocks: \(settings.matchBlocks), in which some connections are given other settings"
                    + (names.isEmpty ? "" : ": \(names)"))
        }
        for (path, name) in [("/etc/default/ssh", "SSHD_OPTS"), ("/etc/sysconfig/sshd", "OPTIONS")] {
            guard let bytes = try? system.read(path),
                let options = FirewallFiles.assignments(bytes)[name], !options.isEmpty
            else { continue }
            evidence.append("\(path) gives the server options, which stand before its files")
        }
        return evidence
    }

    private static func file(_ path: String, in system: SystemView) throws(ReadFailure) -> SSHConfigurationFile {
        guard let file = SSHConfigurationFile(parsing: try system.read(path, limit: limit)) else { throw .malformed }
        return file
    }

    private static let hiddenFromHelper = [
        "/boot/", "/home/", "/media/", "/mnt/", "/opt/", "/root/", "/run/user/", "/srv/", "/tmp/", "/var/",
    ]

    /// The paths that a pattern of `Include` leads to, sorted as glob(3) sorts them; one that is relative is below `/etc/ssh`.
    static func paths(of pattern: String, in system: SystemView) throws(ReadFailure) -> [String] {
        let pattern = pattern.hasPrefix("/") ? pattern : "/etc/ssh/" + pattern
        // The posture helper's unit hides these folders, and what is hidden looks as if it were not there.
        if system.readsAsRoot, hiddenFromHelper.contains(where: { pattern.hasPrefix($0) }) { throw .denied }
        var found = [""]
        for part in pattern.split(separator: "/").map(String.init) {
            guard part.contains(where: { "*?[".contains($0) }) else {
                found = found.map { "\($0)/\(part)" }
                continue
            }
            var next: [String] = []
            for folder in found {
                do throws(ReadFailure) {
                    next += try system.list(folder.isEmpty ? "/" : folder, limit: 4096)
                        .filter { fnmatch(part, $0, FNM_PERIOD) == 0 }.map { "\(folder)/\($0)" }
                } catch {
                    guard error == .absent else { throw error }
                }
            }
            found = next
        }
        var existing: [String] = []
        for path in found where try system.exists(path) { existing.append(path) }
        return existing
    }
}
