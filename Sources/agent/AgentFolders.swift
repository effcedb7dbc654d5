// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Where the agent keeps what it keeps, by the environment.
struct AgentFolders: Sendable {
    /// Keys and enrolments.
    let state: String
    /// The control socket.
    let runtime: String

    var database: String { state + "/agent.sqlite" }
    var keys: String { state + "/keys" }
    var runLock: String { state + "/run.lock" }
    var enrollLock: String { state + "/enroll.lock" }
    /// The verifiers that the running agent's connections may go to.
    var verifierList: String { state + "/verifiers" }
    /// Where its connections are made.
    var verifierProxySocket: String { runtime + "/proxy.sock" }
    var controlSocket: String { runtime + "/agent.sock" }

    /// The folders that the environment names; they are made where they are missing.
    ///
    /// - Throws: ``CommandFailure`` where one cannot be made, or is open to others.
    init(environment: [String: String]) throws(CommandFailure) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        guard
            let state = value("COUNTERSIGN_STATE_DIR")
                ?? value("XDG_STATE_HOME").map({ $0 + "/countersign" })
                ?? value("HOME").map({ $0 + "/.local/state/countersign" })
        else {
            throw CommandFailure(
                "there is no home folder", hint: "set HOME or COUNTERSIGN_STATE_DIR to an absolute path")
        }
        self.state = state
        runtime = value("COUNTERSIGN_RUNTIME_DIR") ?? value("XDG_RUNTIME_DIR").map { $0 + "/countersign" } ?? state
        try Self.prepare(state)
        try Self.prepare(runtime)
    }

    private static func prepare(_ path: String) throws(CommandFailure) {
        var built = ""
        for part in path.split(separator: "/") {
            built += "/" + part
            if mkdir(built, 0o700) != 0, errno != EEXIST, errno != EACCES, errno != EROFS, errno != EPERM {
                throw CommandFailure("'\(built)' cannot be made: \(String(cString: strerror(errno)))")
            }
        }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure("'\(path)' is not a folder that can be used", hint: "see 'ls -ld \(path)'")
        }
        guard status.st_uid == geteuid() else {
            throw CommandFailure("'\(path)' belongs to another user", hint: "see 'ls -ld \(path)'")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw CommandFailure("'\(path)' is open to other users", hint: "run 'chmod go= \(path)'")
        }
    }
}
