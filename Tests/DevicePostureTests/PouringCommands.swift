// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable import DevicePosture

/// What a tool writes, a piece at a time.
struct PouringCommands: CommandRunner {
    let piece: [UInt8]
    let count: Int
    let last: [UInt8]

    func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        .failure(.tooMuchOutput)
    }

    func run<State: Sendable>(
        _ command: Command, environment: [String: String], into state: State,
        _ add: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void
    ) async -> Result<State, CommandFailure> {
        var state = state
        for _ in 0..<count { add(&state, piece[...]) }
        add(&state, last[...])
        return .success(state)
    }
}
