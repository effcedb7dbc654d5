// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import ArgumentParser
internal import DevicePosture
internal import Pinentry
internal import TOMLConfiguration

/// Tells whether the administrator's files can be used.
struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Tells whether the files of the configuration can be used.",
        discussion: """
            Without files it checks those that the agent reads, and who can have written them. Files that are named are
            checked together, in the order in which they are named, whoever they belong to.

            EXAMPLES
              agent config check
              agent config check agent.toml agent.toml.d/10-site.toml
              agent config check --json

            EXIT STATUS
              0 all can be used   1 one cannot be used
            """)

    @Argument(help: ArgumentHelp("Files that are to be checked before they are installed.", valueName: "file"))
    var files: [String] = []

    @Flag(help: "Print what was found as JSON.")
    var json = false

    func run() async throws {
        var check = ConfigurationCheck()
        if files.isEmpty { check.checkInstalled() } else { check.check(files) }
        if json {
            try Console.print(json: check)
        } else {
            check.print()
        }
        if !check.ok { throw ExitCode(CommandFailure.failed) }
    }
}

/// What came of a check, as `--json` prints it.
private struct ConfigurationCheck: Encodable {
    /// One thing that is wrong.
    struct Fault: Encodable {
        var file: String?
        var line: Int?
        var column: Int?
        var key: String?
        var problem: String
        var hint: String?

        init(_ error: ConfigurationError, file: String? = nil) {
            self.file = error.file ?? file
            (line, column, key) = (error.line, error.column, error.key)
            (problem, hint) = (error.problem, error.hint)
        }
    }

    /// The files that were read and can be used.
    private(set) var files: [String] = []
    private(set) var faults: [Fault] = []
    /// What does no harm, and may not be what was meant.
    private(set) var warnings: [String] = []
    private(set) var ok = true
    private var configuration = AgentConfiguration()

    private enum CodingKeys: String, CodingKey {
        case ok, files, faults, warnings
    }

    /// The files that the agent reads.
    mutating func checkInstalled() {
        let reader = AgentConfigurationReader()
        var paths: [String] = []
        note(nil) { () throws(ConfigurationError) in paths = try reader.files() }
        for path in paths {
            var text: String?
            note(path) { () throws(ConfigurationError) in text = try reader.text(at: path) }
            if let text { apply(text, path) }
        }
        finish()
        if reader.hasFormerCustomChecks {
            warnings.append(
                "\(AgentConfigurationReader.formerCustomChecks) is not read any more: see docs/agent-configuration.md")
        }
    }

    /// Files that may be anywhere.
    mutating func check(_ paths: [String]) {
        for path in paths {
            do throws(ReadFailure) {
                let limit = AgentConfigurationReader.maximumLength
                let bytes = try SystemView.live.read(path, limit: limit)
                guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
                apply(text, path)
            } catch { add(Fault(ConfigurationError(nil, "\(path) \(error.predicate)"), file: path)) }
        }
        finish()
    }

    private mutating func apply(_ text: String, _ path: String) {
        var changed = configuration
        do throws(ConfigurationError) {
            try changed.apply(text, file: path)
            configuration = changed
            files.append(path)
        } catch { add(Fault(error)) }
    }

    private mutating func finish() {
        guard ok else { return }
        do throws(ConfigurationError) { try configuration.checkWhole() } catch { add(Fault(error)) }
    }

    private mutating func note(_ path: String?, _ body: () throws(ConfigurationError) -> Void) {
        do throws(ConfigurationError) { try body() } catch { add(Fault(error, file: path)) }
    }

    private mutating func add(_ fault: Fault) {
        faults.append(fault)
        ok = false
    }

    func print() {
        for file in files { Console.print("\(Style.good.apply("ok     "))  \(DisplayText(file, limit: 300))") }
        for fault in faults {
            let place = [fault.file, fault.line.map(String.init), fault.column.map(String.init)].compactMap(\.self)
            let key = fault.key.map { "'\($0)' " } ?? ""
            let text = (place.isEmpty ? "" : place.joined(separator: ":") + ": ") + key + fault.problem
            Console.print("\(Style.error.apply("problem"))  \(DisplayText(text, limit: 600))")
            if let hint = fault.hint { Console.print("         \(DisplayText(hint, limit: 300))") }
        }
        for warning in warnings { Console.print("\(Style.warning.apply("warning"))  \(warning)") }
        if files.isEmpty, ok { Console.print("there is no file: everything has its default") }
    }
}
