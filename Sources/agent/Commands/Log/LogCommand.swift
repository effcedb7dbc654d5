// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import ArgumentParser
internal import BlockingExecutors
internal import Glibc
internal import Journal
internal import Pinentry

/// Shows what the agent wrote to the journal.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Shows what your agent wrote to the journal.",
        discussion: """
            The agent logs to the journal where systemd starts it; started in a terminal it logs to standard error.

            EXAMPLES
              agent log
              agent log --since 2h --priority warning
              agent log --since "2026-11-26 09:30" --json
              agent log --follow

            EXIT STATUS
              0 entries were shown   1 there are none, or no journal
            """)

    @Option(
        help: ArgumentHelp(
            "From when on: 30s, 10m, 2h or 7d ago, today, or a date with or without a time.", valueName: "moment"),
        transform: Self.moment)
    var since: UInt64?

    @Option(
        help: ArgumentHelp(
            "The least that matters: \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "level"),
        transform: Self.priority)
    var priority: JournalPriority = .debug

    @Flag(name: .shortAndLong, help: "Go on and show entries as they come, until Ctrl-C.")
    var follow = false

    @Flag(help: "Print each entry as a JSON object on a line.")
    var json = false

    private static func moment(_ text: String) throws -> UInt64 {
        guard let moment = JournalMoment.parse(text, now: now()) else {
            throw ValidationError("'\(text)' is no moment: 10m, 2h, 7d, today, 2026-11-26 or \"2026-11-26 09:30\".")
        }
        return moment
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }

    private static func priority(_ name: String) throws -> JournalPriority {
        guard LogLevel(rawValue: name) != nil, let priority = JournalPriority(name: name) else {
            throw ValidationError(
                "'\(name)' is no level: \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return priority
    }

    func run() async throws {
        let (selection, follow, json) = (
            JournalReader.Selection(user: geteuid(), priority: priority, since: since), follow, json
        )
        let executor = BlockingTaskExecutor(label: "journal")
        let shown = try await withTaskExecutorPreference(executor) {
            try await Self.show(selection, follow: follow, json: json)
        }
        guard shown == 0 else { return }
        throw JournalAbsence.failure(Console.environment, isNarrowed: since != nil || priority != .debug)
    }

    /// Shows entries; how many there were.
    private nonisolated static func show(
        _ selection: JournalReader.Selection, follow: Bool, json: Bool
    ) async throws -> Int {
        do throws(JournalReader.Failure) {
            let reader = try JournalReader(selection)
            var shown = 0
            while true {
                while let record = try reader.next() {
                    let line = LogLine(record)
                    if json { line.printJSON() } else { Console.print(line.text) }
                    shown += 1
                }
                guard follow else { return shown }
                if shown == 0, !JournalAbsence.isKept { return 0 }
                try reader.wait()
            }
        } catch { throw CommandFailure("\(error)", hint: "see 'journalctl --user'") }
    }
}

/// Why the journal has nothing of the agent's.
enum JournalAbsence {
    /// Whether this machine keeps a journal.
    static var isKept: Bool { access("/run/systemd/journal/socket", F_OK) == 0 }

    static func failure(_ environment: [String: String], isNarrowed: Bool) -> CommandFailure {
        guard isKept else {
            return CommandFailure(
                "this machine keeps no journal",
                hint: "without one the agent logs to standard error: look where your session keeps that, as in "
                    + "~/.xsession-errors, or run 'agent run' in a terminal")
        }
        return CommandFailure(
            "the journal has no entries of your agent"
                + (isNarrowed ? " of that time and level" : " that you may read"),
            hint: isNarrowed
                ? "run 'agent log' alone"
                : "start it with 'systemctl --user start countersign-agent'; a journal that is kept in memory alone is "
                    + "for the group systemd-journal to read")
    }
}
