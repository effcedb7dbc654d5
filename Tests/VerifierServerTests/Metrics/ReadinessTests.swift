// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import HTTPTypes
import Synchronization
import Testing

@testable import VerifierServer

@Suite struct ReadinessTests {
    @Test func aVerifierThatCanWorkIsReady() async throws {
        try await TestVerifier.run { _, client in
            let answer = try await client.execute(uri: "/readyz", method: .get)
            #expect(answer.status == .ok)
            #expect(try answer.json()["status"] as? String == "ready")
            #expect(
                try answer.json()["checks"] as? [String: String]
                    == ["store": "ok", "signingKeys": "ok", "policies": "ok"])
        }
    }

    @Test func aStoreThatDoesNotAnswerIsToldByNameAlone() async throws {
        let world = try await VerifierWorld()
        let store = StoppedStore(world.store)
        let services = try await VerifierWorld.services(
            in: world.folder, store: store, clock: world.clock, audit: world.audit)
        #expect(await Readiness(services: services).failures().isEmpty)
        store.stop()
        #expect(await Readiness(services: services).failures() == [.store, .policies])
    }

    @Test func aStoreThatANewerVersionTookOverIsNotReady() async throws {
        let world = try await VerifierWorld()
        let path = world.folder.file("verifier.sqlite")
        let other = try anotherConnection(to: path)
        try await other.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 the future')") }
        await #expect(throws: StoreError.newerVersion(path: path)) { try await world.store.check() }
        #expect(await Readiness(services: world.services).failures() == [.store])
        try await other.write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '99%'") }
        #expect(await Readiness(services: world.services).failures().isEmpty)
        try await other.write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '4%'") }
        #expect(await Readiness(services: world.services).failures() == [.store])
    }

    /// Takes the time after which keys are looked up again.
    @Test func aVerifierWithoutItsKeysIsNotReady() async throws {
        let world = try await VerifierWorld()
        #expect(await Readiness(services: world.services).failures().isEmpty)
        try await world.store.write { writer in
            for key in try writer.all(SigningKeyRecord.self) where key.purpose == .tokenRS256 {
                try writer.delete(SigningKeyRecord.self, id: key.id)
            }
        }
        try await Task.sleep(for: TokenKeyring.rereadInterval + .milliseconds(200))
        #expect(await Readiness(services: world.services).failures() == [.signingKeys])
    }

    @Test func theStoreIsLookedAtOnceASecondAtMost() async throws {
        let world = try await VerifierWorld()
        let store = StoppedStore(world.store)
        let services = try await VerifierWorld.services(
            in: world.folder, store: store, clock: world.clock, audit: world.audit)
        let readiness = Readiness(services: services)
        _ = await readiness.failures()
        let before = store.reads
        for _ in 0..<50 { _ = await readiness.failures() }
        #expect(store.reads == before)
        store.stop()
        try await Task.sleep(for: Readiness.interval + .milliseconds(50))
        #expect(await !readiness.failures().isEmpty)
    }
}

/// A store that stops answering.
final class StoppedStore: VerifierStore {
    private let store: any VerifierStore
    private let isStopped = Atomic(false)
    private let count = Atomic(0)

    init(_ store: any VerifierStore) { self.store = store }

    var reads: Int { count.load(ordering: .relaxed) }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        count.wrappingAdd(1, ordering: .relaxed)
        if isStopped.load(ordering: .relaxed) { throw StoreError.failed("it is gone") }
        return try await store.read(body)
    }

    func write<Result: Sendable>(
        _ durability: WriteDurability, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result { try await store.write(durability, body) }
}
