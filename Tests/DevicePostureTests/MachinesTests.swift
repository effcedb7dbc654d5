// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

@testable import DevicePosture

/// Whole machines: what is expected of each signal of each of them.
@Suite struct MachinesTests {
    /// The groups that have said what they expect of every machine.
    private static let groups: [(file: String, collectors: [any SignalCollector])] = [
        ("operating-system", .operatingSystem), ("identity", .identity), ("hardware", .hardware), ("kernel", .kernel),
    ]

    private func table(_ machine: String, _ group: String) throws -> [Expectation] {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        let file = folder.appending(path: "machines/\(machine)/\(group).txt")
        return Expectation.table(try String(contentsOf: file, encoding: .utf8))
    }

    @Test(arguments: TestMachine.all) func everySignalIsAsExpected(of machine: TestMachine) async throws {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        let path = folder.appending(path: "machines/\(machine.name)").path
        let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".txt") }
        let expectations = try files.sorted().flatMap { try table(machine.name, String($0.dropLast(4))) }
        let fixture = try machine.make()
        let snapshot = await PostureCollector(system: fixture.system).snapshot(of: expectations.map(\.name))
        for expectation in expectations where !expectation.isMet(by: snapshot[expectation.name]?.state) {
            Issue.record(
                "\(machine.name): \(expectation.name) is \(String(describing: snapshot[expectation.name]?.state))")
        }
        #expect(!expectations.isEmpty)
    }

    @Test(arguments: TestMachine.all) func noSignalIsLeftOut(of machine: TestMachine) throws {
        for (file, collectors) in Self.groups {
            let expected = Set(try table(machine.name, file).map(\.name))
            let missing = Set(collectors.flatMap(\.signals)).subtracting(expected).sorted()
            #expect(missing == [], "\(machine.name) says nothing in \(file).txt of these")
        }
    }
}
