// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `browsers`: which browsers packages brought to this machine, in which versions. No browser is run.
struct BrowsersCollector: SignalCollector {
    private static let source = "dpkg, RPM, pacman, snap, Flatpak"
    private static let rpmPaths = ["/var/lib/rpm", "/usr/lib/sysimage/rpm"].flatMap { folder in
        ["rpmdb.sqlite", "Packages.db", "Packages"].map { "\(folder)/\($0)" }
    }
    private static let pacmanPath = "/var/lib/pacman/local"
    private static let snapFolders = ["/snap", "/var/lib/snapd/snap"]
    private static let wanted = Set(BrowserPackage.all.flatMap(\.packages))

    package var signals: [SignalName] { [.browsers] }

    package func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        guard requested.contains(.browsers) else { return [:] }
        if case .flatpak = Confinement.detect(in: system) {
            return [
                .browsers: system.reading(of: .unknown("the sandbox hides the machine's programs", source: Self.source))
            ]
        }
        let sources = Self.sources(in: system)
        let finding =
            if let facts = system.facts {
                await facts.finding(named: SignalName.browsers.rawValue, from: sources, in: system) {
                    await Self.find(in: system)
                }
            } else { await Self.find(in: system) }
        return [.browsers: system.reading(of: finding)]
    }

    /// All files that change with what is installed.
    private static func sources(in system: SystemView) -> [String] {
        [InstalledPackages.path, pacmanPath] + rpmPaths
            + BrowserPackage.all.flatMap { browser in
                browser.snaps.flatMap { snap in snapFolders.map { "\($0)/\(snap)/current" } }
                    + browser.flatpaks.flatMap { app in flatpakFolders(in: system).map { "\($0)/\(app)/current/active" }
                    }
            }
    }

    private static func flatpakFolders(in system: SystemView) -> [String] {
        ["/var/lib/flatpak/app"] + (system.home.map { ["\($0)/.local/share/flatpak/app"] } ?? [])
    }

    private static func find(in system: SystemView) async -> Finding {
        var found: [(browser: BrowserPackage, version: String?, manager: String)] = []
        do throws(ReadFailure) {
            guard try system.exists("/usr") else {
                return .unknown("the machine's programs cannot be seen", source: source)
            }
            var packages: [(String, [String: String])] = []
            if try system.exists(InstalledPackages.path) {
                packages.append(("dpkg", PackageVersions.dpkg(try system.installedPackages(), among: wanted)))
            }
            if try system.exists(pacmanPath) {
                packages.append(("pacman", PackageVersions.pacman(try system.list(pacmanPath), among: wanted)))
            }
            if try system.firstExisting(of: rpmPaths) != nil {
                switch await system.commands.run(.rpmBrowsers, environment: system.environment) {
                case .success(let bytes):
                    if let versions = PackageVersions.rpm(bytes, among: wanted) {
                        packages.append(("RPM", versions))
                    } else if packages.isEmpty {
                        throw .malformed
                    }
                // Debian has the tool without packages of its own.
                case .failure(.notInstalled) where !packages.isEmpty: break
                case .failure(let failure): return .unknown("rpm \(failure.predicate)", source: source)
                }
            }
            for (manager, versions) in packages {
                found += versions.sorted { $0.key < $1.key }
                    .compactMap { name, version in BrowserPackage.named(package: name).map { ($0, version, manager) } }
            }
            found += try snaps(in: system) + flatpaks(in: system)
            guard !packages.isEmpty || !found.isEmpty else {
                return .unknown("none of the package managers that are read is here", source: source)
            }
        } catch {
            return .unknown("a package manager's file \(error.predicate)", source: source)
        }
        let entries = Set(found.map { $0.browser.name + ($0.version.map { "=\($0)" } ?? "") })
        return Finding(
            .known(.strings(entries.sorted())), source: source,
            evidence: found.map {
                "\($0.browser.name) \($0.version ?? "of a version that is not told"), from \($0.manager)"
            })
    }

    private static func snaps(
        in system: SystemView
    ) throws(ReadFailure) -> [(browser: BrowserPackage, version: String?, manager: String)] {
        var found: [(BrowserPackage, String?, String)] = []
        for browser in BrowserPackage.all {
            for snap in browser.snaps {
                for folder in snapFolders {
                    guard let bytes = try system.readIfPresent("\(folder)/\(snap)/current/meta/snap.yaml") else {
                        continue
                    }
                    found.append((browser, PackageVersions.snap(bytes), "snap"))
                    break
                }
            }
        }
        return found
    }

    private static func flatpaks(
        in system: SystemView
    ) throws(ReadFailure) -> [(browser: BrowserPackage, version: String?, manager: String)] {
        var found: [(BrowserPackage, String?, String)] = []
        for browser in BrowserPackage.all {
            for app in browser.flatpaks {
                for folder in flatpakFolders(in: system) {
                    let top = "\(folder)/\(app)/current/active"
                    guard try system.exists(top) else { continue }
                    let metadata = ["metainfo/\(app).metainfo.xml", "appdata/\(app).appdata.xml"].lazy
                        .compactMap { try? system.read("\(top)/files/share/\($0)", limit: 1024 * 1024) }.first
                    found.append((browser, metadata.flatMap(PackageVersions.appStream), "Flatpak"))
                }
            }
        }
        return found
    }
}
