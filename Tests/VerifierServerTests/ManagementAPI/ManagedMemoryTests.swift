// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import ManagementQueries
import Testing

@testable import VerifierServer

/// What the management API keeps has a bound.
@Suite struct ManagedMemoryTests {
    @Test func theVersionsOfADeletedDocumentAreForgottenInTime() async throws {
        try await Administrator.run { administrator in
            let services = administrator.verifier.services
            let zone = try await administrator.post("/zones", ManagedDocumentsTests.zone).id
            let policy = try await administrator.post("/policies", ["name": "Apps", "type": "ACCESS_POLICY"]).id
            #expect(try await administrator.delete("/zones/\(zone)").status == 204)
            #expect(try await administrator.delete("/policies/\(policy)").status == 204)
            administrator.verifier.clock.advance(DocumentVersion.memory)
            try await services.sweep()
            #expect(try await services.documentHistory.versions(of: zone).count == 2)
            // What came back is not forgotten again.
            _ = try await services.documentHistory.revert(policy, to: 1)
            administrator.verifier.clock.advance(1)
            try await services.sweep()
            await #expect(throws: DocumentHistoryError.unknownDocument(zone)) {
                _ = try await services.documentHistory.versions(of: zone)
            }
            #expect(try await services.documentHistory.versions(of: policy).count == 3)
            let ended = try await services.store.read { try $0.all(DocumentVersion.self).filter { $0.endsAt != nil } }
            #expect(ended.isEmpty)
        }
    }

    @Test func aTokenHasSoManyAnswersRememberedADay() async throws {
        try await Administrator.run { administrator in
            let (store, clock) = (administrator.verifier.services.store, administrator.verifier.clock)
            func make(_ name: String) async throws -> Administrator.Answer {
                try await administrator.post(
                    "/groups", ["profile": ["name": .string(name)]], headers: [.idempotencyKey: name])
            }
            func change(_ change: @escaping @Sendable (inout IdempotencyBudget) -> Void) async throws {
                try await store.write { writer in
                    var budget = try #require(try writer.all(IdempotencyBudget.self).first)
                    change(&budget)
                    try writer.save(budget)
                }
            }
            #expect(try await make("first").status == 200)
            try await change { $0.count = IdempotencyBudget.maximumCount }
            let refused = try await make("other")
            #expect(refused.status == 400 && refused.causes.first?.contains("remembered") == true)
            #expect(try await administrator.get("/groups?q=other").ids == [])
            // The answer that is remembered is given again all the same.
            #expect(try await make("first").status == 200)
            try await change {
                $0.count = 1; $0.bytes = IdempotencyBudget.maximumBytes
            }
            #expect(try await make("other").status == 400)
            // The day after it begins anew.
            let now = clock.now
            try await change { $0.startedAt = now - IdempotencyRecord.memory }
            #expect(try await make("other").status == 200)
            #expect(try await store.read { try $0.all(IdempotencyBudget.self).first?.count } == 1)
        }
    }

    @Test func checksThatNoChallengeHasRoomForAreRefused() async throws {
        try await Administrator.run { administrator in
            func check(_ number: Int, _ query: String = "SELECT 1 FROM time;") -> ResourceValue {
                [
                    "name": .string("c\(number)"), "variableName": .string("c\(number)"), "platform": "LINUX",
                    "type": "CUSTOM", "mappingType": "CHECKBOX", "query": .string(query),
                ]
            }
            for number in 0..<17 {
                let made = try await administrator.post("/device-posture-checks", check(number))
                #expect(made.status == 200, "\(made.value)")
            }
            func policy(_ count: Int) -> ResourceValue {
                [
                    "name": "Checks", "platform": "LINUX", "secureHardwarePresent": true,
                    "devicePostureChecks": [
                        "include": .array((0..<count).map { ["variableName": .string("c\($0)"), "value": "true"] })
                    ],
                ]
            }
            let refused = try await administrator.post("/device-assurances", policy(17))
            #expect(refused.status == 400 && refused.causes.first?.contains("more than 16") == true, "\(refused.value)")
            #expect(try await administrator.get("/device-assurances?extended=true").ids == [])
            let made = try await administrator.post("/device-assurances", policy(16))
            #expect(made.status == 200, "\(made.value)")
            #expect(try await administrator.put("/device-assurances/\(made.id)", policy(17)).status == 400)
        }
    }
}
