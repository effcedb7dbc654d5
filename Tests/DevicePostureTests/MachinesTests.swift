// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

@testable import DevicePosture

/// Whole machines: what is expected of each signal of each of them, to the letter.
///
/// With `COUNTERSIGN_WRITE_MACHINES=1` the files are written instead; read what changed before you keep it.
@Suite struct MachinesTests {
    @Test(arguments: TestMachine.all + TestMachine.byDisks)
    func everySignalIsAsExpected(of machine: TestMachine) async throws {
        let fixture = try machine.makeWhole()
        // The posture helper is asked on a live machine alone; without it nothing else changes.
        let collector = PostureCollector(system: fixture.system)
        let names = PostureCollector().names
        let snapshot = await collector.snapshot(of: names, organizationOrigins: ["https://id.example.com"])
        let lines = names.map { Expectation.line($0, snapshot[$0]?.state) }
        if ProcessInfo.processInfo.environment["COUNTERSIGN_WRITE_MACHINES"] == "1" {
            try Expectation.write(lines, of: machine.name)
            return
        }
        let expected = try Expectation.lines(of: machine.name)
        for difference in lines.difference(from: expected) {
            switch difference {
            case .insert(_, let line, _): Issue.record("\(machine.name): is \(line)")
            case .remove(_, let line, _): Issue.record("\(machine.name): expected \(line)")
            }
        }
    }
}
