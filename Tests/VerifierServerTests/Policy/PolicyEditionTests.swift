// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AccessPolicy
import DeviceAssurance
import ManagementQueries
import Testing

@testable import VerifierServer

/// A change of a document is in force at the very next decision, and no decision mixes two editions.
@Suite struct PolicyEditionTests {
    private static let author = DocumentRecords.Author(id: "00T", now: 1)

    private static func rule(_ access: String) -> String {
        #"{"name": "All", "type": "ACCESS_POLICY", "actions": {"appSignOn": {"access": "\#(access)"}}}"#
    }

    private static func zone(_ address: String) -> String {
        #"{"name": "z", "type": "IP", "gateways": [{"type": "CIDR", "value": "\#(address)/32"}]}"#
    }

    private func policies(of world: VerifierWorld) async throws -> PolicySet {
        try await world.store.read { try world.services.policies.policies(in: $0) }
    }

    private func access(_ policyID: String, in world: VerifierWorld) async throws -> PolicyAccess {
        var request = AccessRequest(now: 1)
        request.network.addresses = [VerifierWorld.address]
        request.policyID = policyID
        return try await policies(of: world).evaluator.evaluate(request).access
    }

    /// A policy with one rule.
    private func policy(_ access: String, in store: any VerifierStore) async throws -> (DocumentRecord, DocumentRecord)
    {
        try await store.write { writer in
            let policy = try DocumentRecords.insert(
                .policy, name: "Apps", body: #"{"name": "Apps", "type": "ACCESS_POLICY"}"#, by: Self.author, in: writer)
            let rule = try DocumentRecords.insert(
                .rule, parentID: policy.id, name: "All", body: Self.rule(access), priority: 1, by: Self.author,
                in: writer)
            return (policy, rule)
        }
    }

    // MARK: - At once

    @Test func everyKindOfChangeCountsAtTheNextDecision() async throws {
        let world = try await VerifierWorld()
        let (policy, rule) = try await policy("ALLOW", in: world.store)
        #expect(try await access(policy.id, in: world) == .allow)
        let denying = try await world.store.write { writer in
            var changed = rule
            changed.body = Self.rule("DENY")
            return try DocumentRecords.update(changed, .update, by: Self.author, in: writer)
        }
        #expect(try await access(policy.id, in: world) == .deny)
        let second = try await world.store.write { writer in
            try DocumentRecords.insert(
                .rule, parentID: policy.id, name: "First", body: Self.rule("ALLOW"), priority: 2, by: Self.author,
                in: writer)
        }
        #expect(try await access(policy.id, in: world) == .deny)
        _ = try await world.store.write { try DocumentRecords.place(second, at: 1, in: $0) }
        #expect(try await access(policy.id, in: world) == .allow)
        try await world.store.write { writer in
            var inactive = try #require(try writer.record(DocumentRecord.self, id: second.id))
            inactive.status = .inactive
            try DocumentRecords.update(inactive, .deactivate, by: Self.author, in: writer)
        }
        #expect(try await access(policy.id, in: world) == .deny)
        try await world.store.write { try DocumentRecords.delete(denying, by: Self.author, in: $0) }
        #expect(try await policies(of: world).accessPolicies.first?.rules.count == 1)
    }

    @Test func anotherProcessesChangeCountsAtTheNextDecision() async throws {
        let world = try await VerifierWorld()
        let (policy, rule) = try await policy("DENY", in: world.store)
        // Another program's view of the same file: connections, caches and keys of its own.
        let other = try SQLiteStore(path: world.folder.file("verifier.sqlite"))
        let program = try await VerifierWorld.services(
            in: world.folder, store: other, clock: world.clock, audit: world.audit)
        #expect(try await access(policy.id, in: world) == .deny)
        try await other.write { writer in
            var changed = rule
            changed.body = Self.rule("ALLOW")
            try DocumentRecords.update(changed, .update, by: Self.author, in: writer)
        }
        #expect(try await access(policy.id, in: world) == .allow)
        _ = try await program.documentHistory.revert(rule.id, to: 1)
        #expect(try await access(policy.id, in: world) == .deny)
        try await other.write { try DocumentRecords.delete(policy, by: Self.author, in: $0) }
        #expect(try await policies(of: world).accessPolicies.isEmpty)
    }

    @Test func aChangeByTheAPIDecidesTheSignInAfterIt() async throws {
        try await Administrator.run { administrator in
            let policy = try await administrator.post("/policies", ["name": "Apps", "type": "ACCESS_POLICY"]).id
            let services = administrator.verifier.services
            let decide: @Sendable () async throws -> PolicyAccess = {
                try await services.store.read { reader in
                    var request = AccessRequest(now: 1)
                    request.policyID = policy
                    return try services.policies.policies(in: reader).evaluator.evaluate(request).access
                }
            }
            #expect(try await decide() == .deny)
            let rule = try await administrator.post("/policies/\(policy)/rules", ManagedPoliciesTests.rule("All"))
            #expect(try await decide() == .allow)
            let path = "/policies/\(policy)/rules/\(rule.id)"
            #expect(try await administrator.post("\(path)/lifecycle/deactivate").status == 204)
            #expect(try await decide() == .deny)
            #expect(try await administrator.post("\(path)/lifecycle/activate").status == 204)
            #expect(try await decide() == .allow)
            #expect(try await administrator.delete(path).status == 204)
            #expect(try await decide() == .deny)
        }
    }

    @Test func whatWasUndoneIsNotRemembered() async throws {
        let world = try await VerifierWorld()
        let (policy, rule) = try await policy("DENY", in: world.store)
        #expect(try await access(policy.id, in: world) == .deny)
        let source = world.services.policies
        await #expect(throws: TestFailure.self) {
            try await world.store.write { writer in
                var changed = rule
                changed.body = Self.rule("ALLOW")
                try DocumentRecords.update(changed, .update, by: Self.author, in: writer)
                var request = AccessRequest(now: 1)
                request.policyID = policy.id
                // A decision within the transaction sees its own change.
                #expect(try source.policies(in: writer).evaluator.evaluate(request).access == .allow)
                throw TestFailure("undone")
            }
        }
        #expect(try await access(policy.id, in: world) == .deny)
        // The next change must not be taken for the one that was undone.
        try await world.store.write { writer in
            _ = try DocumentRecords.insert(.zone, name: "z", body: Self.zone("192.0.2.1"), by: Self.author, in: writer)
        }
        #expect(try await access(policy.id, in: world) == .deny)
        #expect(try await policies(of: world).evaluator.evaluate(AccessRequest(now: 1)).access == .deny)
    }

    // MARK: - One edition

    @Test func aDecisionIsByOneEditionWhileAnotherProcessChangesThem() async throws {
        let world = try await VerifierWorld()
        let other = try SQLiteStore(path: world.folder.file("verifier.sqlite"))
        let (policy, rule) = try await policy("DENY", in: other)
        let check = try await other.write { writer in
            try DocumentRecords.insert(
                .deviceAssurance, name: "even",
                body: #"{"name": "even", "platform": "LINUX", "diskEncryptionType": {"include": ["FULL"]}}"#,
                by: Self.author, in: writer)
        }
        let isDone = SharedFlag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { isDone.raise() }
                for number in 0..<120 {
                    let word = number.isMultiple(of: 2) ? "odd" : "even"
                    try await other.write(.buffered) { writer in
                        for var record in [policy, rule, check] {
                            record = try #require(try writer.record(DocumentRecord.self, id: record.id))
                            record.name = word
                            record.body = try Self.renamed(record, word)
                            try DocumentRecords.update(record, .update, by: Self.author, in: writer)
                        }
                    }
                }
            }
            var seen: Set<String> = []
            while !isDone.isRaised {
                let set = try await policies(of: world)
                let policy = try #require(set.accessPolicies.first)
                // Before the first change the three have names of their own.
                guard policy.metadata.name != "Apps" else { continue }
                let names = Set(
                    [policy.metadata.name, policy.rules[0].metadata.name] + set.assurancePolicies.map(\.name))
                #expect(names.count == 1, "\(names)")
                seen.formUnion(names)
            }
            try await group.waitForAll()
            #expect(seen == ["odd", "even"])
        }
    }

    private static func renamed(_ record: DocumentRecord, _ name: String) throws -> String {
        switch record.kind {
        case .deviceAssurance:
            #"{"name": "\#(name)", "platform": "LINUX", "diskEncryptionType": {"include": ["FULL"]}}"#
        case .rule: rule("DENY").replacing("All", with: name)
        default: #"{"name": "\#(name)", "type": "ACCESS_POLICY"}"#
        }
    }

    @Test func whileNothingChangesNoDocumentIsRead() async throws {
        let world = try await VerifierWorld()
        _ = try await policy("ALLOW", in: world.store)
        _ = try await policies(of: world)
        let source = world.services.policies
        let reads = try await world.store.read { reader in
            let counting = CountingReader(reader: reader)
            _ = try source.policies(in: counting)
            return counting.collections
        }
        #expect(reads == [DocumentEdition.collection])
    }
}

/// Notes of which collections something was read.
private final class CountingReader: StoreReader {
    private let reader: any StoreReader
    private(set) var collections: [String] = []

    init(reader: any StoreReader) { self.reader = reader }

    func record<Record: StoredRecord>(_ type: Record.Type, id: String) throws -> Record? {
        collections.append(Record.collection)
        return try reader.record(type, id: id)
    }

    func records<Record: StoredRecord>(_ type: Record.Type, where slot: IndexSlot, is key: String) throws -> [Record] {
        collections.append(Record.collection)
        return try reader.records(type, where: slot, is: key)
    }

    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record] {
        collections.append(Record.collection)
        return try reader.all(type)
    }

    func page<Record: StoredRecord>(_ type: Record.Type, _ page: RecordPage) throws -> [Record] {
        collections.append(Record.collection)
        return try reader.page(type, page)
    }
}
