// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CommaSeparatedValues
internal import Foundation
internal import VerifierServer

/// `verifier user import`.
struct UserImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make and change people by a table of comma-separated values.",
        discussion: """
            The first line names the columns: login, which must be there, and any of email, firstName, lastName, displayName, \
            status (active, staged, suspended or deactivated) and groups, whose names have semicolons between them. A column \
            that is not there changes nothing, an empty value takes away what was there. All rows are followed, or none. Who \
            is not in the file stays as they are, unless --deactivate-missing says otherwise.

            Examples:
              verifier user import people.csv --dry-run
              verifier user import people.csv --create-groups --json
              verifier user import people.csv --deactivate-missing --yes
            """)

    @Argument(help: "The file, in UTF-8.", completion: .file(extensions: ["csv"])) var file: String
    @Flag(name: .long, help: "Tell what would be done, and change nothing.") var dryRun = false
    @Flag(name: .long, help: "Make groups that are not there.") var createGroups = false
    @Flag(name: .long, help: "Deactivate people who are not in the file; they are told first.")
    var deactivateMissing = false
    @Flag(name: .long, help: "Deactivate them without being told first.") var yes = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard !yes || deactivateMissing else { throw ValidationError("--yes belongs to --deactivate-missing") }
    }

    func run() async throws {
        let bytes = try Self.bytes(of: file)
        var work = UserImport(try await options.services())
        work.isDryRun = dryRun
        work.makesGroups = createGroups
        work.missing = deactivateMissing ? (yes ? .deactivated : .asked) : .stay
        let report: UserImportReport
        do { report = try await work.run(bytes) } catch let error as CSVError {
            throw UserFileError(file: file, problem: "\(error)")
        }
        if output.json { try Console.say(json: report) } else { tell(report) }
        let refused = report.count(.refused)
        if refused > 0 {
            throw UserFileError(
                file: file,
                problem: "\(refused) of \(report.rows.count) rows cannot be followed, so nothing was changed")
        }
        if !report.isApplied, !dryRun {
            throw UserFileError(
                file: file,
                problem:
                    "\(report.missing.count) people are not in it and would be deactivated, so nothing was changed; "
                    + "look at them, then say --yes as well")
        }
    }

    /// The rows that came to something, and a line of numbers.
    private func tell(_ report: UserImportReport) {
        for row in report.rows where row.outcome != .unchanged {
            Console.say("\(row.line)  \(row.outcome.rawValue)  \(Self.plain(row.login))")
            for problem in row.problems {
                Console.note(
                    "\(file):\(problem.line):\(problem.column): \(problem.name): \(Self.plain(problem.reason))")
            }
        }
        for login in report.missing { Console.say("-  deactivated  \(login)") }
        var counts = [UserImportReport.Outcome.created, .updated, .unchanged, .refused]
            .map { "\(report.count($0)) \($0.rawValue)" }
        if deactivateMissing { counts.append("\(report.missing.count) missing") }
        Console.note(counts.joined(separator: ", ") + (report.isApplied ? "" : "; nothing was changed"))
    }

    /// A text of the file without what could move the cursor.
    private static func plain(_ text: String) -> String {
        String(
            text.prefix(200).map { character in
                character.unicodeScalars.allSatisfy { TextBounds.isPlain(String($0), upTo: 8) } ? character : "?"
            })
    }

    /// The file, of which no more is read than a table may have.
    private static func bytes(of file: String) throws -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: file))
            defer { try? handle.close() }
            return Array(try handle.read(upToCount: CSVTable.maximumLength + 1) ?? Data())
        } catch { throw UserFileError(file: file, problem: "cannot be read: \(error.localizedDescription)") }
    }
}

/// `verifier user export`.
struct UserExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print the people as a table of comma-separated values.",
        discussion: """
            What 'verifier user import' takes: the table of one verifier makes the same people at another. A spreadsheet may take \
            a value for a formula; do not open a table of people whom you do not trust in one.

            Example:
              verifier user export > people.csv
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let table = try await UserExport.table(try await options.services())
        print(table, terminator: "")
    }
}

/// Why a file with users cannot be used.
struct UserFileError: Error, CustomStringConvertible {
    /// The file.
    var file: String
    /// What is wrong with it.
    var problem: String

    var description: String { "\(file): \(problem)" }
}
