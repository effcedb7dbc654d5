// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import ExpressionLanguage
internal import Glibc
internal import WireProtocol

/// `verifier expression`.
struct ExpressionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expression",
        abstract: "Try conditions of the expression language.",
        discussion: "docs/expressions.md describes the language.",
        subcommands: [Eval.self, Check.self])

    /// `verifier expression eval`.
    struct Eval: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the value of an expression for a context.",
            discussion: """
                The context is a JSON object with the names that the expression reads (user, device, security, session, login, \
                accessRequest), and beside them groups, internalProperties, linkedObjects and now. What is left out is not known, \
                and reading it is an error: then the place and the reason are printed, and the exit code is 1.

                Example:
                  verifier expression eval --context alice.json "device.profile.managed && user.profile.department == 'Sales'"
                """)

        @Option(
            name: .long, help: ArgumentHelp("The context, a JSON file; - is standard input.", valueName: "file"),
            completion: .file(extensions: ["json"]))
        var context: String
        @Argument(help: "The expression.") var expression: String
        @OptionGroup var output: OutputOptions

        func run() throws {
            let bytes = try ContextFile(path: context).bytes()
            let context: ExpressionContext
            do {
                context = try JSON.decode(ExpressionContext.self, from: bytes, limit: ContextFile.limit)
            } catch {
                throw ExpressionFailure(
                    "\(self.context) is no context: \(error)",
                    hint: "a JSON object such as {\"user\": {\"profile\": {\"department\": \"Sales\"}}}")
            }
            let parsed: Expression
            do { parsed = try Expression(parsing: expression) } catch {
                try fail(ExpressionReport(error))
                return
            }
            switch parsed.evaluate(in: context) {
            case .success(let value):
                if output.json { try Console.say(json: Line(value: value)) } else { try Console.say(json: value) }
            case .failure(let error): try fail(ExpressionReport(error))
            }
        }

        private struct Line: Encodable { var value: ExpressionValue }

        private func fail(_ report: ExpressionReport) throws {
            if output.json {
                try Console.say(json: ["error": report])
                throw ExitCode(1)
            }
            throw ExpressionFailure("\(report.words)", hint: report.hint)
        }
    }

    /// `verifier expression check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the names and types of a condition, and look for likely mistakes.",
            discussion: """
                Prints what is wrong (exit code 1) and what is suspicious (exit code 0), with the place of each.

                Example:
                  verifier expression check "user.profile.department != 'Sales' || device.profile.managed && true"
                """)

        @Argument(help: "The expression.") var expression: String
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            var errors: [ExpressionReport]
            var warnings: [ExpressionReport]
        }

        func run() throws {
            var result = Result(errors: [], warnings: [])
            do {
                let parsed = try Expression(parsing: expression)
                result.errors = parsed.check().map(ExpressionReport.init)
                result.warnings = parsed.lints().map(ExpressionReport.init)
            } catch {
                result.errors = [ExpressionReport(error)]
            }
            if output.json {
                try Console.say(json: result)
            } else {
                say(result.errors, "error")
                say(result.warnings, "warning")
                if result.errors.isEmpty, result.warnings.isEmpty { Console.say("nothing found") }
            }
            guard result.errors.isEmpty else { throw ExitCode(1) }
        }

        private func say(_ reports: [ExpressionReport], _ severity: String) {
            for report in reports {
                Console.say("\(severity): \(report.words)")
                if let hint = report.hint { Console.say("  hint: \(hint)") }
            }
        }
    }
}

/// Something about an expression, as it is printed.
private struct ExpressionReport: Encodable {
    var kind: String
    var line: Int
    var column: Int
    var message: String
    var hint: String?

    var words: String { "line \(line), column \(column): \(message)" }

    init(_ error: ExpressionSyntaxError) { self.init(error.kind.rawValue, error.position, error.message, error.hint) }
    init(_ error: ExpressionError) { self.init(error.reason.rawValue, error.position, error.message, error.hint) }
    init(_ problem: ExpressionProblem) {
        self.init(problem.kind.rawValue, problem.position, problem.message, problem.hint)
    }
    init(_ lint: ExpressionLint) { self.init(lint.kind.rawValue, lint.position, lint.message, lint.hint) }

    private init(_ kind: String, _ position: ExpressionPosition, _ message: String, _ hint: String?) {
        self.kind = kind
        line = position.line
        column = position.column
        self.message = message
        self.hint = hint
    }
}

/// Why a command on expressions failed.
struct ExpressionFailure: Error {
    var message: String
    var hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// The file with a context, of which no more is read than is allowed.
private struct ContextFile {
    static let limit = 1 << 20

    var path: String

    func bytes() throws(ExpressionFailure) -> [UInt8] {
        let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot read \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot read \(path): \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= Self.limit else { throw failure("\(path) is longer than \(Self.limit) bytes") }
        }
    }

    private func failure(_ message: String) -> ExpressionFailure {
        ExpressionFailure(message, hint: "name a JSON file that this user may read")
    }
}
