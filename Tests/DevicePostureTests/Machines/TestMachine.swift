// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DevicePosture

/// A whole machine of a distribution as files, and what is expected of its signals.
///
/// What it is made of stands in one file for each family of distributions; each group of signals adds files of its own in
/// `Machines/Files`. What is expected stands in `Fixtures/machines/NAME.tsv`.
struct TestMachine: Sendable, CustomTestStringConvertible {
    /// The name of its table of expectations.
    let name: String
    /// The time on it, in seconds since 1970 UTC.
    var now: Int64 = 1_790_000_000
    /// Lays out its files.
    let layOut: @Sendable (MachineFixture) throws -> Void

    var testDescription: String { name }

    /// All of them.
    static let all: [TestMachine] =
        [
            debian12, debian13, ubuntu2204, ubuntu2404, ubuntu2604, fedoraWorkstation, fedoraSilverblue, rhel9,
            tumbleweed,
            arch, nixOS, steamOS, alpine, container, wsl2,
        ]

    /// The machine as it is used: with disks, a person, a session, services and programs.
    func makeWhole() throws -> MachineFixture {
        let machine = try make()
        machine.userID = 1000
        machine.units = [:]
        try Self.use(name, machine)
        return machine
    }

    /// The machine as files in a temporary folder, with what each group adds.
    func make() throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.now = now
        try layOut(machine)
        for add in Self.additions { try add(name, machine) }
        return machine
    }

    /// What each group of signals adds to a machine, by its name.
    private static let additions: [@Sendable (String, MachineFixture) throws -> Void] = [
        addHardware, addKernel,
    ]
}
