// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Confinement
internal import Dispatch
internal import Glibc
internal import VerifierProxy

/// Runs a program as the agent is once it answers challenges: it has a verifier proxy, and makes no socket that reaches beyond the machine.
///
///     confined SOCKET LIST PROGRAM ARGUMENT…
///
/// SOCKET is where the proxy listens, LIST the file with the verifiers that it connects to. For tests of what confines the agent.
@main
enum Confined {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count >= 3 else { fail("usage: confined SOCKET LIST PROGRAM ARGUMENT…") }
        do {
            let settings = VerifierProxyServer.Settings(socketPath: words[0], list: VerifierList(path: words[1]))
            let proxy = try VerifierProxyProcess.fork { settings }
            Task(priority: .medium) {
                do {
                    try await proxy.begin()
                    try SocketFilter.putInForce()
                } catch { fail("\(error)") }
                exit(run(Array(words[2...])))
            }
        } catch { fail("\(error)") }
        dispatchMain()
    }

    /// The status of a program that was run to its end.
    private static func run(_ command: [String]) -> Int32 {
        var arguments = command.map { strdup($0) } + [nil]
        var process: pid_t = 0
        let code = posix_spawn(&process, command[0], nil, nil, &arguments, environ)
        guard code == 0 else { fail("\(command[0]): \(String(cString: strerror(code)))") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    private static func fail(_ message: String) -> Never {
        let line = Array("confined: \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(125)
    }
}
