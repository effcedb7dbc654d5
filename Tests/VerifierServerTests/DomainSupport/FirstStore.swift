// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import VerifierServer

/// A store that has an RSA key for ID tokens and nothing else, made once and copied for each test: such a key takes its time.
enum FirstStore {
    private static let name = "verifier.sqlite"

    /// It stays open, so that nothing of it moves while it is copied.
    private static let made = Task {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file(name))
        let key = try SigningKeyRecord(
            purpose: .tokenRS256, at: ManualClock().now, sealedBy: SealingKey(path: folder.file(name + ".key")))
        try await store.write { try $0.insert(key) }
        return (folder, store)
    }

    /// Copies it, and the key that sealed the other, into a folder.
    static func copy(into directory: String) async throws {
        let (folder, _) = try await made.value
        for file in [name, name + "-wal", name + ".key"] {
            try FileManager.default.copyItem(atPath: folder.file(file), toPath: "\(directory)/\(file)")
        }
    }
}
