// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import ArgumentParser
internal import AuthenticatorAgent
internal import Confinement
internal import DeviceKeys
internal import Glibc
internal import HTTPSClient
internal import Journal
internal import LocalSockets
internal import Logging
internal import NIOPosix
internal import TPMKeys
internal import VerifierProxy

/// The daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Answers sign-ins until it is stopped.",
        discussion: """
            As a service:
              systemctl --user enable --now countersign-agent
            Its log is in the journal then: see 'agent log'. Elsewhere it logs to standard error.
            """)

    @Option(
        help: ArgumentHelp(
            "From which level on is logged: \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")). Default: as the administrator set it, else info.",
            valueName: "level"),
        transform: Self.level)
    var logLevel: LogLevel?

    @Flag(help: "End at once where systemd starts the agent, or where it runs: for the desktop's autostart.")
    var autostart = false

    private static func level(_ name: String) throws -> LogLevel {
        guard let level = LogLevel(rawValue: name) else {
            throw ValidationError(
                "'\(name)' is no log level: \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return level
    }

    func run() async throws {
        let parts = try AgentParts()
        if autostart, let runtime = parts.environment["XDG_RUNTIME_DIR"],
            access(runtime + "/systemd/private", F_OK) == 0
        {
            return Console.note("systemd looks after this person's services: it is left to it to start the agent")
        }
        let logger = try logger(parts)
        guard let lock = try runLock(parts) else {
            if autostart { return Console.note("the agent is already running") }
            throw CommandFailure("the agent is already running", hint: "see 'agent status'")
        }
        defer { withExtendedLifetime(lock) {} }
        let daemon = try await Daemon(parts, logger: logger)
        try await Interruption.cancels { try await daemon.run() }
        logger.info("stopped")
    }

    private func logger(_ parts: AgentParts) throws -> Logger {
        let isJournal = JournalStream.isStandardError(parts.environment)
        var logger = Logger(label: "agent") { label in
            if isJournal { return JournalLogHandler() as any LogHandler }
            return StreamLogHandler.standardError(label: label)
        }
        do throws(LockedSettingError) {
            logger.logLevel =
                Logger.Level(rawValue: try parts.configuration.logLevel(asked: logLevel).rawValue) ?? .info
        } catch { throw CommandFailure(error) }
        for name in parts.ignoredVariables {
            logger.warning("\(name) counts for nothing: the administrator of this device has locked what it sets")
        }
        return logger
    }

    private func runLock(_ parts: AgentParts) throws -> StateLock? {
        do { return try StateLock(path: parts.folders.runLock) } catch { throw CommandFailure(error.message) }
    }
}

/// The parts of the running agent.
private struct Daemon: Sendable {
    private let parts: AgentParts
    private let logger: Logger
    private let enrollments: any EnrollmentStore
    private let keys: KeyStores
    private let http: HTTPSClient
    private let server: AgentServer
    /// One thread for the loopback endpoint and the control socket.
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let terminals = LentTerminals()
    private let prompts = PromptQueue()
    private let notification: ServiceNotification
    private let program = OwnProgram()
    /// The enrolments whose verifiers refused a key.
    private let refusals: AsyncStream<String>

    init(_ parts: AgentParts, logger: Logger) async throws {
        self.parts = parts
        self.logger = logger
        notification = ServiceNotification(environment: parts.environment)
        enrollments = try await parts.enrollments()
        keys = parts.keyStores(goesOn: true)
        http = parts.http(isConfined: true)
        let surfaces = DesktopAndLentTerminals(environment: parts.environment, terminals: terminals)
        let (refusals, refused) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(16))
        self.refusals = refusals
        server = AgentServer(
            AgentServer.Parts(
                enrollments: enrollments, keyStores: keys,
                consent: parts.consent(on: surfaces, queue: prompts),
                signals: RememberedSignals(PostureSignals(enrollments: enrollments)),
                reports: OrganizationReports(enrollments: enrollments), http: http,
                logger: logger, linkIssuers: parts.configuration.linkIssuers, keyWasRefused: { refused.yield($0) }),
            uid: geteuid(), eventLoop: group.any())
    }

    func run() async throws {
        let proxy = try await VerifierConnections.begin()
        let addresses: [String]
        do {
            let inherited = InheritedDescriptors.take()
            if let port = try LoopbackSockets(inherited: inherited)?.port, !parts.configuration.permits(port: port) {
                throw CommandFailure(
                    "a socket that listens on port \(port) was passed on, but the administrator of this device has locked "
                        + "loopback.ports", hint: "correct ListenStream by 'agent config show'")
            }
            addresses = try await server.start(ports: parts.configuration.ports, inherited: inherited)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
        logger.info("ready: listening on \(addresses.joined(separator: " and "))")
        let control = try await startControl(addresses)
        confine()
        notification.send("READY=1\nSTATUS=Listening on \(addresses.joined(separator: " and "))")
        let leftovers = await cleanUp()
        await withTaskGroup { group in
            group.addTask { await server.run() }
            group.addTask { await keepWatchdogQuiet() }
            group.addTask { await finish(leftovers) }
            group.addTask { await keyUpkeep.run() }
            group.addTask { await keyUpkeep.follow(refusals) }
            group.addTask { await endOnceRemoved() }
            group.addTask { await endWith(proxy) }
            await group.waitForAll()
        }
        notification.send("STOPPING=1")
        await control.stop()
    }

    private func startControl(_ addresses: [String]) async throws -> ControlServer {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let since = Int64(time.tv_sec)
        do {
            return try await ControlServer.start(
                path: parts.folders.controlSocket, group: group,
                terminals: terminals, links: { [server] in await server.answer(link: $0) }
            ) { [prompts, terminals] in
                AgentStatus(
                    version: AgentVersion.current, listening: addresses, since: since, promptsOpen: await prompts.count,
                    terminalsLent: await terminals.all.count)
            }
        } catch {
            throw CommandFailure("the control socket cannot be made: \(error)")
        }
    }

    private var recovery: EnrollmentRecovery {
        EnrollmentRecovery(keys: keys, enrollments: enrollments, http: http)
    }

    private var keyUpkeep: KeyUpkeep {
        KeyUpkeep(
            reconciliation: KeyReconciliation(keys: keys, enrollments: enrollments, http: http),
            lockPath: parts.folders.enrollLock, logger: logger)
    }

    /// Removes keys that nothing names; the enrolments that were interrupted.
    private func cleanUp() async -> [PendingEnrollment] {
        do { return try await recovery.leftovers(lockPath: parts.folders.enrollLock) } catch {
            logger.warning("what an interrupted enrolment left could not be looked at: \(error)")
            return []
        }
    }

    /// Finishes enrolments that were interrupted; where the verifier cannot be reached, as before the network is up, it is
    /// asked again, ever more rarely.
    private func finish(_ leftovers: [PendingEnrollment]) async {
        var left = leftovers
        var pause = Duration.seconds(15)
        while !left.isEmpty {
            var undecided: [PendingEnrollment] = []
            for pending in left where await !isFinished(pending) { undecided.append(pending) }
            left = undecided
            guard !left.isEmpty, (try? await Task.sleep(for: pause)) != nil else { return }
            pause = min(pause * 2, .seconds(3600))
        }
    }

    private func isFinished(_ pending: PendingEnrollment) async -> Bool {
        let metadata: Logger.Metadata = ["issuer": "\(pending.issuer)"]
        do {
            switch try await recovery.finish(pending) {
            case .completed(let enrollment):
                logger.notice("an interrupted enrolment is complete: \(enrollment.id)", metadata: metadata)
                for (id, _) in await recovery.replaceOlder(than: enrollment) {
                    logger.notice("the older enrolment \(id) was replaced", metadata: metadata)
                }
            case .dropped:
                logger.notice("an interrupted enrolment had not been made", metadata: metadata)
                for remainder in keys.remainders(of: pending.storedKeys) {
                    logger.notice("\(remainder)", metadata: metadata)
                }
            case .undecided(let error):
                logger.warning("an interrupted enrolment cannot be finished yet: \(error)", metadata: metadata)
                return false
            }
            return true
        } catch { return false }
    }

    /// Ends as by a service manager's wish once the package was removed.
    private func endOnceRemoved() async {
        guard await program.isRemoved() else { return }
        logger.notice("the program was removed from this device: it ends")
        kill(getpid(), SIGTERM)
    }

    /// Gives up making connections itself, once all sockets are there that wait for some: whoever takes the agent over by what a page or
    /// a verifier sends reaches nobody but the verifiers.
    private func confine() {
        let tcti = TPMOptions().tcti
        guard tcti.hasPrefix("device") || tcti.hasPrefix("tabrmd") else {
            return logger.notice(
                "the agent may connect to any host: \(TPMOptions.environmentVariable) has it reach its TPM so")
        }
        do { try SocketFilter.putInForce() } catch {
            logger.warning("the agent may connect to any host, and not to its verifiers alone: \(error)")
        }
    }

    /// Ends with a failure, so that the service manager starts it anew, where the process that makes its connections is gone.
    private func endWith(_ proxy: VerifierProxyProcess) async {
        await proxy.hasEnded(on: group)
        guard !Task.isCancelled else { return }
        logger.critical("the process that connects to verifiers is gone: the agent ends, too")
        _exit(1)
    }

    /// Tells the service manager that the agent lives, each time that it was found to.
    private func keepWatchdogQuiet() async {
        guard let interval = notification.watchdogInterval else { return }
        while !Task.isCancelled {
            _ = await server.status()
            notification.send("WATCHDOG=1")
            try? await Task.sleep(for: interval)
        }
    }
}
