// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

@testable import CustomChecks

/// From an organisation's query to what the verifier is told.
@Suite struct CustomCheckRunnerTests {
    private static func request(_ name: String, _ query: String = "SELECT 1;") -> PostureCheckRequest {
        PostureCheckRequest(variableName: name, query: query)
    }

    @Test("each check has its report, in their order") func reports() async throws {
        let machine = try CheckMachine([.kernelVersion: .known(.string("6.1"))])
        let reports = await machine.runner.results(
            of: [
                Self.request("b", "SELECT version FROM kernel_info;"), Self.request("a", "SELECT 1, 2;"),
                Self.request("b"),
            ], for: CheckMachine.organization)
        #expect(reports.map(\.variableName) == ["b", "a", "b"])
        #expect(reports.map(\.value) == ["6.1", nil, "1"])
        #expect(reports.map(\.source) == ["signals", "signals", "signals"])
    }

    @Test("more checks than a challenge may carry are not run") func count() async throws {
        let checks = (0..<20).map { Self.request("c\($0)") }
        let reports = try await CheckMachine().runner.results(of: checks, for: CheckMachine.organization)
        #expect(reports.count == 20)
        #expect(reports.prefix(16).allSatisfy { $0.value == "1" })
        #expect(reports.suffix(4).allSatisfy { $0.value == nil })
    }

    @Test("a check that runs for ever is ended and says so, and the rest are answered") func time() async throws {
        let machine = try CheckMachine(
            settings: CheckMachine.allowing + "timeout_millis = 200\n")
        let ten = (1...10).map { "SELECT \($0) AS n" }.joined(separator: " UNION ALL ")
        let names = (1...16).map { "t\($0)" }.joined(separator: ", ")
        let sum = (1...16).map { "t\($0).n" }.joined(separator: " + ")
        let endless =
            "WITH " + (1...16).map { "t\($0) AS (\(ten))" }.joined(separator: ", ")
            + " SELECT max(\(sum)) FROM \(names);"
        let reports = await machine.runner.results(
            of: [Self.request("slow", endless), Self.request("quick")], for: CheckMachine.organization)
        #expect(reports.map(\.outcome) == [.timedOut, .known("1")])
    }

    @Test("when the time of all is over, the rest are not even looked at") func together() async throws {
        var runner = try CheckMachine().runner
        runner.together = .zero
        let reports = await runner.results(
            of: [Self.request("a", "SELECT nothing FROM nowhere;")], for: CheckMachine.organization)
        #expect(reports.map(\.outcome) == [.unknown(reason: CustomCheckFailure.notRun.reason)])
    }

    @Test("a person may try a query that nobody allows") func trial() async throws {
        let machine = try CheckMachine([.osName: .known(.string("debian"))], settings: nil)
        let trial = await machine.runner.trial(of: "SELECT platform FROM os_version;\n")
        #expect(trial?.result.value == "debian")
        #expect(trial?.signals == [.osName])
        let failed = await machine.runner.trial(of: "SELECT platfrm FROM os_version;")
        #expect(failed?.result.outcome == .unknown(reason: "the query failed: no such column: platfrm"))
    }

    @Test("a reason is short and has no control characters") func reasons() async throws {
        let long = String(repeating: "é", count: 200)
        let machine = try CheckMachine([.osName: .unknown(reason: "\u{1B}[31m\(long)")])
        let reason = await machine.reason("SELECT platform FROM os_version;")
        #expect(reason?.hasPrefix("osName is unknown: [31mé") == true)
        #expect((reason?.utf8.count ?? 1000) <= PostureCheckReport.maximumReasonLength)
    }

    @Test("a report is written and read as the same, and one that is too long is refused") func coding() throws {
        for outcome in [PostureCheckReport.Outcome.known("1"), .known(""), .unknown(reason: "why"), .timedOut] {
            let report = PostureCheckReport(variableName: "a.b-c_1", outcome, source: "signals")
            let bytes = try JSONEncoder().encode(report)
            #expect(try JSONDecoder().decode(PostureCheckReport.self, from: bytes) == report)
        }
        for report in [
            PostureCheckReport(variableName: "", .timedOut, source: "signals"),
            PostureCheckReport(variableName: "a b", .timedOut, source: "signals"),
            PostureCheckReport(variableName: "a", .known(String(repeating: "1", count: 257)), source: "signals"),
            PostureCheckReport(
                variableName: "a", .unknown(reason: String(repeating: "1", count: 301)), source: "signals"),
            PostureCheckReport(variableName: "a", .timedOut, source: String(repeating: "1", count: 301)),
        ] {
            let bytes = try JSONEncoder().encode(report)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(PostureCheckReport.self, from: bytes) }
        }
    }
}
