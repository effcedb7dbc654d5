// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import AgentConfiguration
import DevicePosture
import DeviceSignals
import Foundation
import Glibc
import SQLiteDatabase
import Testing

@testable import CustomChecks

/// osqueryi, played by scripts: one that answers, and those that hang, flood and lie.
@Suite struct OsqueryProgramTests {
    private static let settings = """
        [custom_checks]
        organizations = ["https://id.example.com"]
        timeout_millis = 1000
        osquery = { program = "/usr/bin/osqueryi", tables = ["os_version", "mounts"] }
        """

    private func machine(_ script: String, mode: UInt32 = 0o755) throws -> CheckMachine {
        let machine = try CheckMachine(settings: Self.settings)
        try machine.write("#!/bin/sh\n\(script)\n", to: "/usr/bin/osqueryi", mode: mode)
        return machine
    }

    private func report(_ script: String, _ query: String = "SELECT name FROM os_version;") async throws
        -> PostureCheckReport?
    { try await machine(script).report(query) }

    @Test("its one value is the result") func value() async throws {
        let report = try await report(#"echo '[{"name": "Debian"}]'"#)
        #expect(report?.outcome == .known("Debian"))
        #expect(report?.source == "/usr/bin/osqueryi")
    }

    @Test("arguments are fixed, the tables are those of the administrator, the query is the last") func arguments()
        async throws
    {
        let machine = try machine(#"printf '%s\n' "$@" > "$0.arguments"; env > "$0.environment"; echo '[{"a": "1"}]'"#)
        #expect(await machine.value("  SELECT '$(id)' || \"x\";") == "1")
        let said = try String(contentsOfFile: machine.root + "/usr/bin/osqueryi.arguments", encoding: .utf8)
        #expect(
            said.split(separator: "\n").map(String.init) == [
                "--json", "--ephemeral", "--disable_extensions", "--disable_events", "--disable_logging",
                "--config_path=/dev/null", "--enable_tables=os_version,mounts", #"SELECT '$(id)' || "x";"#,
            ])
        let environment = try String(contentsOfFile: machine.root + "/usr/bin/osqueryi.environment", encoding: .utf8)
        let names = environment.split(separator: "\n").map { $0.prefix { $0 != "=" } }
        #expect(Set(names).subtracting(["PATH", "HOME", "LANG", "TZ", "PWD", "SHLVL", "_", "OLDPWD"]).isEmpty)
    }

    @Test(
        "a query is no flag and no command of its shell",
        arguments: [
            "--flagfile=/tmp/x;", "-x;", ".shell id;", ".open /tmp/x;", "/* */ SELECT 1;", "ATTACH 'x' AS y;",
            "PRAGMA x;",
        ])
    func noFlags(query: String) async throws {
        let machine = try machine(#"touch "$0.ran"; echo '[{"a": "1"}]'"#)
        #expect(await machine.value(query) == nil)
        #expect(!FileManager.default.fileExists(atPath: machine.root + "/usr/bin/osqueryi.ran"))
    }

    @Test("one that hangs is ended with its children") func hangs() async throws {
        let start = ContinuousClock.now
        let machine = try machine(#"sleep 300 & echo $! > "$0.child"; wait"#)
        #expect(await machine.report("SELECT 1;")?.outcome == .timedOut)
        #expect(start.duration(to: .now) < .seconds(4))
        let child = try String(contentsOfFile: machine.root + "/usr/bin/osqueryi.child", encoding: .utf8)
        let id = try #require(Int32(child.trimmingCharacters(in: .whitespacesAndNewlines)))
        var lives = true
        for _ in 0..<100 where lives {
            let state = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
            lives = !state.isEmpty && !state.contains(") Z ")
            if lives { usleep(10_000) }
        }
        #expect(!lives)
    }

    @Test("one that floods is ended") func floods() async throws {
        guard case .unknown(let reason)? = try await report("yes")?.outcome else { throw CancellationError() }
        #expect(reason == "osqueryi prints more than 65536 bytes")
    }

    @Test(
        "what is not one row of one text is no value",
        arguments: [
            "", "nonsense", "{}", "[]", "[1]", #"[{"a": "1"}, {"a": "1"}]"#, #"[{"a": "1", "b": "1"}]"#, "[{}]",
            #"[{"a": 1}]"#, #"[{"a": null}]"#, #"[{"a": ""}]"#, #"[{"a": ["1"]}]"#, #"[{"a": "1"}] []"#,
            #"[{"a": "\u0000"}]"#,
            "[{\"a\": \"\(String(repeating: "1", count: 257))\"}]",
        ])
    func lies(output: String) async throws {
        let machine = try machine("cat \"$0.output\"")
        try machine.write(output, to: "/usr/bin/osqueryi.output")
        let report = await machine.report("SELECT 1;")
        #expect(report?.value == nil, "\(report as Any)")
    }

    @Test("one that fails has no value, whatever it printed") func fails() async throws {
        #expect(try await report(#"echo '[{"a": "1"}]'; exit 1"#)?.value == nil)
        #expect(try await report(#"echo '[{"a": "1"}]'; kill -9 $$"#)?.value == nil)
    }

    @Test("one that somebody else may have written is not run") func owner() async throws {
        let answer = #"touch "$0.ran"; echo '[{"a": "1"}]'"#
        let writable = try machine(answer, mode: 0o775)
        #expect(await writable.reason("SELECT 1;")?.contains("root alone can change") == true)
        let folder = try machine(answer)
        #expect(chmod(folder.root + "/usr/bin", 0o777) == 0)
        #expect(await folder.reason("SELECT 1;")?.contains("root alone can change") == true)
        let plain = try machine(answer, mode: 0o644)
        #expect(await plain.value("SELECT 1;") == nil)
        let strangers = try machine(answer)
        let program = OsqueryProgram(
            settings: OsquerySettings(program: "/usr/bin/osqueryi", tables: ["a"]), owner: getuid() + 1,
            root: strangers.root)
        #expect(throws: CustomCheckFailure.self) { try program.answer(ConfinedQuery("SELECT 1;"), within: .seconds(1)) }
        for machine in [writable, folder, plain, strangers] {
            #expect(!FileManager.default.fileExists(atPath: machine.root + "/usr/bin/osqueryi.ran"))
        }
    }

    @Test("the program of a system that does not run is not run") func otherSystem() async throws {
        let machine = try machine(#"touch "$0.ran"; echo '[{"a": "1"}]'"#)
        let runner = CustomCheckRunner(system: .files(below: machine.root), trusting: getuid(), signals: []) { _ in
            PostureSnapshot()
        }
        let trial = await runner.trial(of: "SELECT 1;")
        #expect(trial?.result.outcome == .unknown(reason: "osqueryi can be run on a live system only"))
        #expect(!FileManager.default.fileExists(atPath: machine.root + "/usr/bin/osqueryi.ran"))
    }

    @Test(
        "what is more than one SELECT is not handed over",
        arguments: [
            "SELECT 1; SELECT 2;", "SELECT 1;;", "SELECT 'a'; .shell id\n;", "SELECT 1; -- x\nATTACH 'x' AS y;",
            "SELECT 1; CREATE TRIGGER x;", "SELECT 1 /*/ ; */; SELECT 2;", "SELECT `a;` FROM b; SELECT \"a\";",
            "WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a;", "WITH a AS (SELECT 1) delete FROM b;",
            "WITH a AS (SELECT 1) UPDATE b SET c = 1;", "WITH a AS (SELECT 1) REPLACE INTO b SELECT * FROM a;",
            "SELECT 1 FROM pragma;",
        ])
    func severalStatements(query: String) async throws {
        let machine = try machine(#"touch "$0.ran"; echo '[{"a": "1"}]'"#)
        #expect(await machine.value(query) == nil)
        #expect(!FileManager.default.fileExists(atPath: machine.root + "/usr/bin/osqueryi.ran"))
    }

    @Test(
        "words and semicolons in quotes and comments are no statements",
        arguments: [
            "SELECT 'a;b; DELETE';", "SELECT \"drop;\" FROM [update;];", "SELECT 'it''s; DROP' -- ; INSERT\n;",
            "SELECT /* ; CREATE */ 1;", "SELECT replace (a, 'b', 'c') FROM d;\n", "SELECT last_update, updated FROM a;",
        ])
    func oneStatement(query: String) async throws {
        #expect(try await machine(#"echo '[{"a": "1"}]'"#).value(query) == "1")
    }

    @Test("the program at the end of a link is run, and the link's own folder is looked at") func links() async throws {
        let machine = try machine("exit 1")
        let path = machine.root + "/usr/bin/osqueryi"
        unlink(path)
        try machine.write("#!/bin/sh\necho \"[{\\\"a\\\": \\\"$0\\\"}]\"\n", to: "/opt/osqueryd", mode: 0o755)
        #expect(symlink("../../opt/osqueryd", path) == 0)
        // A script is told its path by the kernel, which is that of what was executed.
        let resolved = try #require(realpath(machine.root + "/opt/osqueryd", nil))
        defer { free(resolved) }
        #expect(await machine.value("SELECT 1;") == String(cString: resolved))
        #expect(chmod(machine.root + "/usr/bin", 0o777) == 0)
        #expect(await machine.reason("SELECT 1;")?.contains("root alone can change") == true)
    }

    @Test("the real one answers", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/osqueryi")))
    func real() throws {
        let program = OsqueryProgram(settings: OsquerySettings(program: "/usr/bin/osqueryi", tables: ["os_version"]))
        #expect(try program.answer(ConfinedQuery("SELECT 1 FROM os_version;"), within: .seconds(10)) == "1")
        #expect(throws: CustomCheckFailure.self) {
            try program.answer(ConfinedQuery("SELECT count(*) FROM users;"), within: .seconds(10))
        }
    }
}
