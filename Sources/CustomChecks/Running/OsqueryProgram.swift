// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import DevicePosture
internal import DeviceSignals
internal import SQLiteDatabase

/// osqueryi, asked one query at a time.
struct OsqueryProgram: Sendable {
    /// The most bytes of its output.
    private static let outputLimit = 64 * 1024

    let settings: OsquerySettings
    /// Who has to own the program; root but in tests.
    var owner: UInt32 = 0
    /// The folder that stands for `/`; empty but in tests.
    var root = ""

    /// The one value of a query.
    ///
    /// The query is looked at as one for our own tables is: it is one SELECT or WITH, so that it can be neither a flag nor a
    /// command of the shell (`.open`, `.shell`), and not several that the shell would run one by one.
    /// - Throws: ``CustomCheckFailure``.
    func answer(_ query: ConfinedQuery, within time: Duration) throws(CustomCheckFailure) -> String {
        let sql: String
        do throws(ConfinedQueryError) { sql = try OsqueryStatement(query).sql } catch { throw .query(error) }
        guard let program = TrustedFile(root: root, owner: owner).trustedProgram(settings.program) else {
            throw .osquery("is not a program at \(settings.program) that root alone can change")
        }
        let process = ChildProcess(
            program: program, name: settings.program, arguments: arguments + [sql],
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/", "LANG": "C.UTF-8", "TZ": "UTC"], timeout: time,
            outputLimit: Self.outputLimit)
        switch process.run() {
        case .success(let output): return try Self.value(of: output)
        case .failure(.timedOut): throw .query(.tookTooLong)
        case .failure(.tooMuchOutput): throw .osquery("prints more than \(Self.outputLimit) bytes")
        case .failure: throw .osquery("failed on the query")
        }
    }

    private var arguments: [String] {
        [
            "--json", "--ephemeral", "--disable_extensions", "--disable_events", "--disable_logging",
            "--config_path=/dev/null", "--enable_tables=\(settings.tables.joined(separator: ","))",
        ]
    }

    /// The value in its output: a list of one object with one text.
    static func value(of output: [UInt8]) throws(CustomCheckFailure) -> String {
        guard let rows = JSONValue(parsing: output)?.array else { throw .osquery("prints no JSON list") }
        guard let row = rows.first else { throw .query(.noRow) }
        guard rows.count == 1 else { throw .query(.severalRows) }
        guard let members = row.object else { throw .osquery("prints a row that is no object") }
        guard members.count == 1, let value = members.values.first else { throw .query(.columns(members.count)) }
        guard let text = value.string else { throw .osquery("prints a value that is no text") }
        guard text.utf8.count <= PostureCheckReport.maximumValueLength else {
            throw .query(.answerTooLong(limit: PostureCheckReport.maximumValueLength))
        }
        guard !text.utf8.contains(0) else { throw .query(.notText) }
        // What is NULL in SQL, osquery prints as an empty text.
        guard !text.isEmpty else { throw .query(.null) }
        return text
    }
}
