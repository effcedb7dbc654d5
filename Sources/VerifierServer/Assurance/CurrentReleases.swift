// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceAssurance
internal import Foundation
internal import Glibc
internal import Synchronization

/// The release feed in force: the one that comes with the product, until the administrator's file brings a newer one.
///
/// The file is a signed feed (docs/assurance.md). It is read again when it changed; one that is refused changes nothing.
package final class CurrentReleases: Sendable {
    /// What came of a look at the file.
    package enum Look: Hashable, Sendable {
        /// It is as it was.
        case unchanged
        /// It brought this feed, which counts from now on.
        case taken(ReleaseFeed)
        /// It is not taken; why.
        case refused(String)
    }

    private struct State: Sendable {
        var feed: ReleaseFeed?
        var stamp: Stamp?
        var hasLooked = false
    }

    /// By what a change of the file is noticed.
    private struct Stamp: Hashable, Sendable {
        var device: UInt
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private let path: String
    private let keys: ReleaseFeedKeys
    private let state: Mutex<State>

    /// The longest file that is read, in bytes: a compact JWS.
    package static let maximumLength = 64 * 1024

    /// The feed of a file, and until it was looked at the one that comes with the product.
    package init(path: String, keys: ReleaseFeedKeys, shipped: ReleaseFeed? = try? ReleaseFeed.shipped()) {
        self.path = path
        self.keys = keys
        state = Mutex(State(feed: shipped))
    }

    /// The feed in force.
    package var feed: ReleaseFeed? { state.withLock(\.feed) }

    /// Looks at the file, and reads it where it changed since the last look.
    ///
    /// - Parameters:
    ///   - newest: when the newest feed that ever counted here was issued; an older one is not taken, also after a restart.
    func look(at now: Int64, newest: Int64?) -> Look {
        let stamp = Self.stamp(of: path)
        let isKnown = state.withLock { state in
            defer { (state.stamp, state.hasLooked) = (stamp, true) }
            return state.hasLooked && state.stamp == stamp
        }
        if isKnown { return .unchanged }
        do {
            let current = feed
            let feed = try SignedReleaseFeed.accept(
                try text(), replacing: current, now: now, verifiedBy: keys)
            guard feed.issuedAt >= newest ?? feed.issuedAt else { throw ReleaseFeedRefusal.older }
            if feed == current { return .unchanged }
            state.withLock { $0.feed = feed }
            return .taken(feed)
        } catch {
            return .refused(Self.words(error))
        }
    }

    private func text() throws -> String {
        let file: FileHandle
        do { file = try FileHandle(forReadingFrom: URL(filePath: path)) } catch { throw Unreadable() }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: Self.maximumLength + 1), data.count <= Self.maximumLength,
            let text = String(bytes: data, encoding: .utf8)
        else { throw Unreadable() }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private struct Unreadable: Error {}

    private static func words(_ error: any Error) -> String {
        switch error {
        case let refusal as ReleaseFeedRefusal: refusal.description
        case is Unreadable: "the file cannot be read, or is longer than \(maximumLength) bytes"
        default: "no pinned key signed the release feed"
        }
    }

    private static func stamp(of path: String) -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
}

/// When the newest release feed that ever counted here was issued, so that an old one is not put back while the verifier is away.
struct ReleaseFeedEdition: StoredRecord {
    static let collection = "release_feeds"

    var id: String { "last" }
    /// In seconds since 1970.
    let issuedAt: Int64

    private enum CodingKeys: String, CodingKey {
        case issuedAt
    }
}

extension VerifierServices {
    /// Takes the release feed of the administrator's file, where it changed; what comes of that is in the audit log.
    package func refreshReleases() async throws {
        guard let releases = settings.releases else { return }
        let last = try await store.read { try $0.record(ReleaseFeedEdition.self, id: "last")?.issuedAt }
        switch releases.look(at: clock.now(), newest: last) {
        case .unchanged: break
        case .taken(let feed):
            try await store.write { try $0.save(ReleaseFeedEdition(issuedAt: feed.issuedAt)) }
            await audit.record(
                AuditEvent(.releaseFeedUpdate, outcome: .success, debugData: ["issuedAt": "\(feed.issuedAt)"]))
        case .refused(let reason):
            await audit.record(AuditEvent(.releaseFeedUpdate, outcome: .failure(reason)))
        }
    }
}
