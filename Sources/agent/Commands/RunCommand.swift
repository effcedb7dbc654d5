// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import DeviceKeys
internal import Glibc
internal import HTTPSClient
internal import LocalSockets
internal import Logging
internal import NIOPosix
internal import WireProtocol

/// The daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Answers sign-ins until it is stopped.",
        discussion: """
            Logs to standard error. As a service:
              systemctl --user enable --now countersign-agent
            """)

    func run() async throws {
        let parts = try AgentParts()
        guard let lock = try runLock(parts) else {
            throw CommandFailure("the agent is already running", hint: "see 'agent status'")
        }
        defer { withExtendedLifetime(lock) {} }
        let logger = Logger(label: "agent") { StreamLogHandler.standardError(label: $0) }
        let daemon = try await Daemon(parts, logger: logger)
        try await Interruption.cancels { try await daemon.run() }
        logger.info("stopped")
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
    /// The enrolments whose verifiers refused a key.
    private let refusals: AsyncStream<String>

    init(_ parts: AgentParts, logger: Logger) async throws {
        self.parts = parts
        self.logger = logger
        notification = ServiceNotification(environment: parts.environment)
        enrollments = try await parts.enrollments()
        keys = parts.keyStores()
        http = parts.http()
        let surfaces = DesktopAndLentTerminals(environment: parts.environment, terminals: terminals)
        let (refusals, refused) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(16))
        self.refusals = refusals
        server = AgentServer(
            AgentServer.Parts(
                enrollments: enrollments, keyStores: keys,
                consent: parts.consent(on: surfaces, queue: prompts),
                signals: RememberedSignals(PostureSignals(enrollments: enrollments)),
                reports: OrganizationReports(enrollments: enrollments), http: http,
                logger: logger, keyWasRefused: { refused.yield($0) }), uid: geteuid(), eventLoop: group.any())
    }

    func run() async throws {
        let addresses: [String]
        do {
            addresses = try await server.start(ports: LoopbackPorts.standard, inherited: InheritedDescriptors.take())
        } catch {
            throw CommandFailure("\(error)")
        }
        logger.info("ready: listening on \(addresses.joined(separator: " and "))")
        let control = try await startControl(addresses)
        notification.send("READY=1\nSTATUS=Listening on \(addresses.joined(separator: " and "))")
        let leftovers = await cleanUp()
        await withTaskGroup { group in
            group.addTask { await server.run() }
            group.addTask { await keepWatchdogQuiet() }
            group.addTask { await finish(leftovers) }
            group.addTask { await keyUpkeep.run() }
            group.addTask { await keyUpkeep.follow(refusals) }
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
                terminals: terminals
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
            case .dropped: logger.notice("an interrupted enrolment had not been made", metadata: metadata)
            case .undecided(let error):
                logger.warning("an interrupted enrolment cannot be finished yet: \(error)", metadata: metadata)
                return false
            }
            return true
        } catch { return false }
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
