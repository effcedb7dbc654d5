// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The metadata of RPM repositories that a package manager fetched last.
struct RepositoryCache: Sendable {
    /// How old they may be, in seconds: package managers fetch them anew within days.
    static let longestAge: Int64 = 7 * 86400

    /// All files that name what a repository has.
    let indexes: [String]
    /// When the newest of those that have updates was fetched, in seconds since 1970 UTC.
    let fetched: Int64

    /// Looks for them, or gives `nil` where there are none.
    ///
    /// - Parameter folders: folders with a folder for each repository.
    init?(below folders: [String], in system: SystemView) throws(ReadFailure) {
        var found: [(path: String, time: Int64)] = []
        for folder in folders {
            let names: [String]
            do throws(ReadFailure) { names = try system.list(folder, limit: 1024) } catch ReadFailure.absent {
                continue
            } catch ReadFailure.denied {
                continue
            } catch {
                throw error
            }
            for name in names {
                let path = "\(folder)/\(name)/repodata/repomd.xml"
                if let time = try system.modified(path) { found.append((path, time)) }
            }
        }
        // A repository that never changes says nothing of the one that has updates.
        let updates = found.filter { entry in ["update", "baseos"].contains { entry.path.lowercased().contains($0) } }
        guard let newest = (updates.isEmpty ? found : updates).map(\.time).max() else { return nil }
        indexes = found.map(\.path)
        fetched = max(0, newest)
    }

    /// How old it is in seconds, or why it counts for nothing.
    func age(at now: Int64) -> Result<Int64, Refusal> {
        if fetched > now + AptSecurityUpdates.clockTolerance { return .failure(.future) }
        return .success(max(0, now - fetched))
    }

    /// Why a cache counts for nothing.
    enum Refusal: Error { case future }
}
