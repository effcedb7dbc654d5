// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension TestMachine {
    /// The files that signals of the group Session read and no other does.
    static let addSession: @Sendable (String, MachineFixture) throws -> Void = { name, machine in
        switch name {
        default: break
        }
    }
}
