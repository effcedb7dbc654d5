// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Glibc

/// Runs commands of the allow-list.
public protocol CommandRunner: Sendable {
    /// What a command wrote to its standard output.
    ///
    /// - Parameter environment: the variables to choose from; only those that the command names are passed on.
    func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure>

    /// What is made of a command's output piece by piece, so that the output need not be held as a whole.
    ///
    /// What was made is dropped where the command fails.
    ///
    /// - Parameters:
    ///   - environment: as in ``run(_:environment:)``.
    ///   - state: what is made of no output.
    ///   - add: adds the bytes that come next, which begin and end anywhere.
    func run<State: Sendable>(
        _ command: Command, environment: [String: String], into state: State,
        _ add: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void
    ) async -> Result<State, CommandFailure>
}

extension CommandRunner {
    /// Adds the output as one piece: for runners that have it as a whole.
    public func run<State: Sendable>(
        _ command: Command, environment: [String: String], into state: State,
        _ add: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void
    ) async -> Result<State, CommandFailure> {
        await run(command, environment: environment).map { output in
            var state = state
            add(&state, output[...])
            return state
        }
    }
}

/// Why a command gave no answer.
public enum CommandFailure: Error, Hashable, Sendable {
    /// None of its paths can be executed.
    case notInstalled
    /// It could not be started, by this error number.
    case notStarted(errno: Int32)
    /// It did not end in time and was killed.
    case timedOut
    /// It was killed and is still there: it waits within the kernel, as for a disk that does not answer.
    case stuck
    /// It wrote more than is read and was killed.
    case tooMuchOutput
    /// A folder stands for the machine, where nothing can be run.
    case notLive
    /// It ended with this status other than 0, or by this signal as a negative number.
    case ended(status: Int32)

    /// The failure as the end of a sentence that begins with the program.
    public var predicate: String {
        switch self {
        case .notInstalled: "is not installed"
        case .notStarted(let number): "could not be started (error \(number))"
        case .timedOut: "did not answer in time"
        case .stuck: "hangs within the kernel and could not be ended"
        case .tooMuchOutput: "wrote more than is read"
        case .notLive: "can be run on a live system only"
        case .ended(let status): "ended with status \(status)"
        }
    }
}

/// Runs nothing: a folder of files cannot be asked.
package struct NoCommands: CommandRunner {
    /// A runner of nothing.
    package init() {}

    package func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        .failure(.notLive)
    }
}

/// Runs commands as child processes, on threads of its own.
public struct SpawningCommandRunner: CommandRunner {
    private static let queue = DispatchQueue(label: "device-posture-commands", attributes: .concurrent)

    /// A runner.
    public init() {}

    public func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        await run(command, environment: environment, into: []) { $0.append(contentsOf: $1) }
    }

    public func run<State: Sendable>(
        _ command: Command, environment: [String: String], into state: State,
        _ add: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void
    ) async -> Result<State, CommandFailure> {
        guard let program = command.programs.first(where: { access($0, X_OK) == 0 }) else {
            return .failure(.notInstalled)
        }
        var variables = ["LC_ALL": "C", "PATH": "/usr/bin:/bin"]
        for name in command.variables { variables[name] = environment[name] }
        let invocation = ChildProcess(
            program: program, arguments: command.arguments, environment: variables, timeout: command.timeout,
            outputLimit: command.outputLimit)
        return await withCheckedContinuation { continuation in
            Self.queue.async { continuation.resume(returning: invocation.run(into: state, add)) }
        }
    }
}
