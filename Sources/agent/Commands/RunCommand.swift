// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import DeviceKeys
internal import Glibc
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
    private let server: AgentServer
    private let terminals = LentTerminals()
    private let prompts = PromptQueue()
    private let notification: ServiceNotification

    init(_ parts: AgentParts, logger: Logger) async throws {
        self.parts = parts
        self.logger = logger
        notification = ServiceNotification(environment: parts.environment)
        enrollments = try await parts.enrollments()
        keys = parts.keyStores()
        let surfaces = DesktopAndLentTerminals(environment: parts.environment, terminals: terminals)
        server = AgentServer(
            AgentServer.Parts(
                enrollments: enrollments, keyStores: keys,
                consent: parts.consent(on: surfaces, queue: prompts), signals: PostureSignals(), http: parts.http(),
                logger: logger), uid: geteuid())
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
        await removeOrphans()
        await withTaskGroup { group in
            group.addTask { await server.run() }
            group.addTask { await keepWatchdogQuiet() }
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
                path: parts.folders.controlSocket, group: MultiThreadedEventLoopGroup(numberOfThreads: 1),
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

    private func removeOrphans() async {
        do { try await keys.removeOrphans(beside: enrollments, lockPath: parts.folders.enrollLock) } catch {
            logger.warning("keys of an interrupted enrolment could not be removed: \(error)")
        }
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
