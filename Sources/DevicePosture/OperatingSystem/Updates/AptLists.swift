// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The lists that apt-get update left, as far as they are of suites of security updates.
struct AptLists: Sendable {
    static let folder = "/var/lib/apt/lists"
    static let successPath = "/var/lib/apt/periodic/update-success-stamp"

    /// One list of packages.
    struct List: Hashable, Sendable {
        /// The file.
        let path: String
        /// The architecture that it is for.
        let architecture: String
        /// Its size as the suite states it, where it does; that of the uncompressed list.
        let size: Int?
        /// Its name, where it is kept compressed.
        var compressed: AptListName?
    }

    /// One suite.
    struct Suite: Hashable, Sendable {
        /// Its Release file.
        let path: String
        /// What that states.
        let release: AptRelease
        /// Its lists.
        let lists: [List]
    }

    /// Why the lists tell nothing.
    enum Problem: Error, Hashable, Sendable {
        /// A file or the folder could not be read.
        case unreadable(String, ReadFailure)
        /// There is no list at all.
        case none
        /// None of the suites is one of security updates for this release.
        case noSecuritySuite
        /// A suite is newer than the machine's clock.
        case future
        /// A list is kept compressed, and this is why it was not decompressed.
        case compressed(String, CommandFailure)
        /// A suite has no list of packages.
        case incomplete(String)
    }

    /// The suites of security updates.
    let suites: [Suite]

    /// Looks for the suites for a release.
    ///
    /// - Parameter codenames: the names of the release that runs, and of the one that it is made of; where there are none,
    ///   every suite counts.
    init(for codenames: Set<String>, in system: SystemView) throws(Problem) {
        let names: [String]
        do throws(ReadFailure) {
            names = try system.list(Self.folder, limit: 4096)
        } catch ReadFailure.absent {
            throw .none
        } catch {
            throw .unreadable(Self.folder, error)
        }
        var suites: [Suite] = []
        var count = 0
        for name in names {
            guard let prefix = Self.prefix(ofReleaseFile: name) else { continue }
            count += 1
            let path = "\(Self.folder)/\(name)"
            let release: AptRelease
            do throws(ReadFailure) { release = try AptRelease(at: path, in: system) } catch {
                throw .unreadable(path, error)
            }
            guard release.isSecurity, codenames.isEmpty || !codenames.isDisjoint(with: release.releases) else {
                continue
            }
            suites.append(Suite(path: path, release: release, lists: try Self.lists(prefix, of: release, among: names)))
        }
        guard count > 0 else { throw .none }
        guard !suites.isEmpty else { throw .noSecuritySuite }
        self.suites = suites
    }

    /// What stands before the last part of a Release file's name, with the underscore.
    private static func prefix(ofReleaseFile name: String) -> String? {
        for end in ["_InRelease", "_Release"] where name.hasSuffix(end) { return String(name.dropLast(end.count - 1)) }
        return nil
    }

    private static func lists(
        _ prefix: String, of release: AptRelease, among names: [String]
    ) throws(Problem) -> [List] {
        var lists: [List] = []
        for name in names where name.hasPrefix(prefix) {
            let compressed = AptListName(name)
            let rest = (compressed?.uncompressed ?? name).dropFirst(prefix.count)
            guard rest.hasSuffix("_Packages") else {
                // A list of a form that is not known is no list that is not there.
                guard !rest.contains("_Packages.") else { throw .unreadable("\(folder)/\(name)", .malformed) }
                continue
            }
            // The path below the suite has slashes where the name has underscores.
            let path = String(rest.map { $0 == "_" ? "/" : $0 })
            let binary = path.split(separator: "/").last { $0.hasPrefix("binary-") }
            lists.append(
                List(
                    path: "\(folder)/\(name)", architecture: String(binary?.dropFirst(7) ?? "all"),
                    size: release.sizes[path], compressed: compressed))
        }
        guard !lists.isEmpty else { throw .incomplete("\(folder)/\(prefix)") }
        return lists
    }
}
