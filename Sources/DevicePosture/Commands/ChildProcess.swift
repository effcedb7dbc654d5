// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CSpawn
internal import Glibc
internal import Synchronization

/// One run of a program: no input, nothing that is open here, bounded output, bounded time, its whole process group killed when
/// it takes longer.
package struct ChildProcess: Sendable {
    /// The absolute path.
    package var program: String
    /// What the program is told as its own name.
    package var name: String
    /// The arguments after the name.
    package var arguments: [String]
    /// The whole environment.
    package var environment: [String: String]
    /// How long it may run.
    package var timeout: Duration
    /// The most bytes of standard output that are read.
    package var outputLimit: Int

    /// A run that has not begun.
    package init(
        program: String, name: String? = nil, arguments: [String], environment: [String: String], timeout: Duration,
        outputLimit: Int = 64 * 1024
    ) {
        self.program = program
        self.name = name ?? program
        self.arguments = arguments
        self.environment = environment
        self.timeout = timeout
        self.outputLimit = outputLimit
    }

    /// Runs it to its end and gives its output; blocks.
    package func run() -> Result<[UInt8], CommandFailure> {
        run(into: []) { $0.append(contentsOf: $1) }
    }

    /// Runs it to its end and gives what was made of its output piece by piece; blocks.
    package func run<State>(
        into state: State, _ add: (inout State, ArraySlice<UInt8>) -> Void
    ) -> Result<State, CommandFailure> {
        Self.reapWhatWasLeft()
        var ends: [Int32] = [-1, -1]
        // Unlike pipe(2), a pair of sockets is closed on exec from the start, so that no other child can hold it open.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return .failure(.notStarted(errno: errno))
        }
        defer { close(ends[0]) }
        let started = spawn(output: ends[1])
        close(ends[1])
        switch started {
        case .failure(let failure):
            return .failure(failure)
        case .success(let process):
            let deadline = ContinuousClock.now + timeout
            let output = read(from: ends[0], until: deadline, into: state, add)
            if case .failure = output { kill(-process, SIGKILL) }
            let end = Self.wait(for: process, until: deadline)
            if end == .stuck { Self.left.withLock { _ = $0.insert(process) } }
            switch (output, end) {
            case (_, .stuck): return .failure(.stuck)
            case (.failure(let failure), _): return .failure(failure)
            case (.success, .killed): return .failure(.timedOut)
            case (.success(let state), .ended(0)): return .success(state)
            case (.success, .ended(let status)): return .failure(.ended(status: status))
            }
        }
    }

    private func spawn(output: Int32) -> Result<pid_t, CommandFailure> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Libraries open devices without close-on-exec, tpm2-tss its TPM and libfido2 its keys.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var argv = ([name] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for text in argv + envp { free(text) }
        }
        var process: pid_t = 0
        let error = posix_spawn(&process, program, &actions, &attributes, &argv, &envp)
        return error == 0 ? .success(process) : .failure(.notStarted(errno: error))
    }

    private func read<State>(
        from descriptor: Int32, until deadline: ContinuousClock.Instant, into state: State,
        _ add: (inout State, ArraySlice<UInt8>) -> Void
    ) -> Result<State, CommandFailure> {
        var state = state
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&entry, 1, Self.milliseconds(until: deadline))
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { return .failure(.timedOut) }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return .success(state) }
            total += count
            guard total <= outputLimit else { return .failure(.tooMuchOutput) }
            add(&state, buffer[..<count])
        }
    }

    /// How a program's end came.
    enum End: Hashable, Sendable {
        /// By itself: the exit status, a signal as a negative number.
        case ended(Int32)
        /// It had to be killed for the time.
        case killed
        /// It was killed and is still there.
        case stuck
    }

    /// How long a program that was killed may take to be gone.
    ///
    /// What waits within the kernel for a disk or a server that does not answer cannot be killed. Waiting for it would hold this
    /// thread for ever.
    static let grace = Duration.seconds(1)

    /// Waits for a program's end, until the deadline and then the grace.
    ///
    /// - Parameter reap: asks for the end without waiting, as `waitpid` does with `WNOHANG`; kills as `kill` does.
    static func wait(
        for process: pid_t, until deadline: ContinuousClock.Instant, grace: Duration = grace,
        reap: (pid_t, inout Int32) -> pid_t = { waitpid($0, &$1, WNOHANG) },
        kill: (pid_t) -> Void = { _ = Glibc.kill(-$0, SIGKILL) }
    ) -> End {
        var status: Int32 = 0
        var wasKilled = false
        var pause: UInt32 = 500
        while true {
            let result = reap(process, &status)
            if result == process { break }
            if result < 0 && errno != EINTR { return wasKilled ? .killed : .ended(-1) }
            let now = ContinuousClock.now
            if now >= deadline + grace { return .stuck }
            if now >= deadline, !wasKilled {
                kill(process)
                wasKilled = true
            }
            usleep(pause)
            if wasKilled { pause = min(pause * 2, 50_000) }
        }
        if wasKilled { return .killed }
        let signal = status & 0x7f
        return .ended(signal == 0 ? (status >> 8) & 0xff : -signal)
    }

    /// Programs that were stuck: they are asked for again whenever another one is run, so that they do not stay as zombies.
    private static let left = Mutex<Set<pid_t>>([])

    private static func reapWhatWasLeft() {
        left.withLock { left in
            for process in left where waitpid(process, nil, WNOHANG) != 0 { left.remove(process) }
        }
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let left = ContinuousClock.now.duration(to: deadline)
        let (seconds, attoseconds) = left.components
        return Int32(clamping: max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }
}
