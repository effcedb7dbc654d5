// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Foundation
internal import Glibc
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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = try Self.pipe(holding: input)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        let run = Run(process: process)
        return try await withCheckedThrowingContinuation { continuation in
            run.start(for: timeLimit, continuation)
        }
    }

    /// The body is far smaller than a pipe holds, and the other end is ours until the program has it: the write neither blocks
    /// nor meets a closed pipe.
    private static func pipe(holding input: [UInt8]) throws -> Pipe {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(input))
        try pipe.fileHandleForWriting.close()
        return pipe
    }
}

/// One run of the program: ended by force when its time is over.
///
/// `@unchecked Sendable` holds because the process is touched on the queue alone.
private final class Run: @unchecked Sendable {
    private let process: Process
    private let queue = DispatchQueue(label: "countersign.notices")
    private var isOverdue = false
    private var hasEnded = false

    init(process: Process) { self.process = process }

    func start(for seconds: Double, _ continuation: CheckedContinuation<Int32, any Error>) {
        queue.async {
            self.process.terminationHandler = { ended in
                let status = ended.terminationStatus
                self.queue.async {
                    self.hasEnded = true
                    if self.isOverdue {
                        continuation.resume(throwing: NoticeCommandError.timedOut)
                    } else {
                        continuation.resume(returning: status)
                    }
                }
            }
            do {
                try self.process.run()
            } catch {
                continuation.resume(throwing: NoticeCommandError.cannotStart("\(error.localizedDescription)"))
                return
            }
            self.queue.asyncAfter(deadline: .now() + seconds) { self.end() }
        }
    }

    private func end() {
        guard !hasEnded else { return }
        isOverdue = true
        kill(process.processIdentifier, SIGKILL)
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
