// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CSpawn
internal import Glibc
internal import Synchronization

/// A program that was started with one socket as its standard input and output, and nothing else that is open here.
///
/// `posix_spawn` rather than swift-subprocess: what a pinentry answers is a PIN, and here it passes through no buffer but
/// those that are wiped. The child leads a session of its own, so that the job control of a terminal that it borrows does not
/// stop it, and so that it and all that it starts can be ended together.
final class ChildProcess: Sendable {
    /// Our end of the socket.
    let socket: Int32
    private let processID: pid_t
    private let isReaped = Mutex(false)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: an absolute path, or a name that is looked for in `PATH`.
    ///   - environment: the whole environment, name by name.
    init(path: String, arguments: [String], environment: [String: String]) throws(PinentryError) {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw PinentryError(.unavailable, "no socket for the pinentry: \(Self.describe(errno))")
        }
        defer { close(pair[1]) }
        do {
            processID = try Self.spawn(path, arguments: arguments, environment: environment, socket: pair[1])
        } catch {
            close(pair[0])
            throw error
        }
        socket = pair[0]
    }

    deinit {
        end()
        close(socket)
    }

    /// Ends the conversation from any thread: whoever waits for the program's next word is told that there is none.
    func interrupt() {
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Tells the program and all that it started to end; ``end()`` waits for it.
    func dismiss() {
        isReaped.withLock { isReaped in
            if !isReaped { kill(-processID, SIGTERM) }
        }
    }

    /// Ends the program and all that it started, and waits for it: a quarter of a second for its own way out, then by force.
    func end() {
        isReaped.withLock { isReaped in
            guard !isReaped else { return }
            isReaped = true
            kill(-processID, SIGTERM)
            // Most are gone in a moment, for which a person who has typed a PIN need not wait ten.
            var (pause, waited): (UInt32, UInt32) = (250, 0)
            while waited < 250_000 {
                if waitpid(processID, nil, WNOHANG) != 0 {
                    kill(-processID, SIGKILL)
                    return
                }
                usleep(pause)
                waited += pause
                pause = min(2 * pause, 10_000)
            }
            kill(-processID, SIGKILL)
            while waitpid(processID, nil, 0) < 0, errno == EINTR {}
        }
    }

    private static func spawn(
        _ path: String, arguments: [String], environment: [String: String], socket: Int32
    ) throws(PinentryError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, socket, 0)
        posix_spawn_file_actions_adddup2(&actions, socket, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Libraries open devices without close-on-exec, tpm2-tss its TPM and libfido2 its keys.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let startsSession: Int32 = 0x80  // POSIX_SPAWN_SETSID, which glibc declares for GNU sources alone
        posix_spawnattr_setflags(
            &attributes, Int16(startsSession | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var processID: pid_t = 0
        let result = posix_spawnp(&processID, path, &actions, &attributes, &argv, &envp)
        guard result == 0 else {
            throw PinentryError(.unavailable, "'\(path)' cannot be started: \(describe(result))")
        }
        return processID
    }

    static func describe(_ code: Int32) -> String { String(cString: strerror(code)) }
}
