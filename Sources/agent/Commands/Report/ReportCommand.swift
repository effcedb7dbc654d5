// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BlockingExecutors
internal import Glibc
internal import Pinentry
internal import SupportReports

/// Makes a report for support.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Makes a report for support that tells neither you nor your device from others.",
        discussion: """
            It holds what 'agent doctor', 'agent status', 'agent posture --redact', 'agent config show' and 'agent log' tell,
            without names, addresses, serial numbers and ids, as a tar file that only you can read. Nothing is sent
            anywhere. What is in it is shown first.

            EXAMPLES
              agent report
              agent report --print | less
              agent report --yes /tmp/report.tar
            """)

    @Argument(
        help: ArgumentHelp(
            "The file to write; one that is there is not replaced. Default: countersign-report-TIME.tar.",
            valueName: "file"),
        completion: .file(extensions: ["tar"]))
    var file: String?

    @Flag(help: "Write it without asking.")
    var yes = false

    @Flag(name: .customLong("print"), help: "Print all of it instead of writing it.")
    var printsAll = false

    func run() async throws {
        let archive = ReportArchive(try await ReportContents(try AgentParts(onlyLooks: true)).items())
        if printsAll { return Self.showAll(archive, by: Console.print) }
        let path = file ?? Self.standardName()
        Console.note("the report has:")
        for item in archive.items {
            let name = item.name + String(repeating: " ", count: max(0, 20 - item.name.count))
            Console.note("  \(name) \(item.title) (\(item.text.utf8.count) bytes)")
        }
        guard try yes || isWanted(archive, path) else { throw CommandFailure("nothing was written") }
        let executor = BlockingTaskExecutor(label: "report")
        do {
            try await withTaskExecutorPreference(executor) { try await Self.write(archive, to: path) }
        } catch let failure as ReportArchive.Failure { throw CommandFailure(failure.description) }
        Console.print(path)
    }

    private nonisolated static func write(_ archive: ReportArchive, to path: String) async throws {
        try archive.write(to: path)
    }

    /// Asks; a person may look at everything first.
    private func isWanted(_ archive: ReportArchive, _ path: String) throws -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(
                "nobody can be asked whether it is to be written", hint: "look at it with --print, write it with --yes")
        }
        while true {
            Console.prompt("write it to '\(DisplayText(path, limit: 200))'? yes, no, or show: ")
            switch readLine()?.lowercased() {
            case "yes", "y": return true
            case "show", "s": Self.showAll(archive, by: Console.note)
            case "no", "n", "", nil: return false
            default: continue
            }
        }
    }

    private static func showAll(_ archive: ReportArchive, by show: (String) -> Void) {
        for item in archive.items {
            show(Style.heading.apply("==== \(item.name): \(item.title)"))
            show(item.text)
        }
    }

    private static func standardName() -> String {
        var seconds = time(nil)
        var parts = tm()
        var buffer = [CChar](repeating: 0, count: 32)
        guard gmtime_r(&seconds, &parts) != nil, strftime(&buffer, 32, "%Y%m%d-%H%M%S", &parts) > 0 else {
            return "countersign-report.tar"
        }
        let moment = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "countersign-report-\(moment).tar"
    }
}
