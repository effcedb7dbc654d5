// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent
internal import HTTPSClient
internal import Synchronization
internal import VerifierProxy
internal import WireProtocol

/// The list of verifiers that the running agent's connections may go to, kept in step with the enrolments.
///
/// Only what the person starts writes it, and the proxy where there is none yet: the agent that answers challenges has no right to. Who
/// writes it holds the lock of enrolments, so that nobody undoes what another adds.
struct VerifierConnections: Sendable {
    private let list: VerifierList
    private let enrollments: any EnrollmentStore
    private let enrollLock: String

    init(_ folders: AgentFolders, _ enrollments: any EnrollmentStore) {
        list = VerifierList(path: folders.verifierList)
        self.enrollments = enrollments
        enrollLock = folders.enrollLock
    }

    /// Lists a verifier that is about to be asked for an enrolment. The caller holds the lock of enrolments.
    func allow(_ address: IssuerAddress) async throws(EnrollmentError) {
        do {
            try await makeList()
            try list.add(address.origin)
        } catch { throw EnrollmentError(.state, "the agent's list of verifiers cannot be kept: \(error)") }
    }

    /// Takes verifiers off the list with which this device has nothing to do any more; where that cannot be done, the next time does it.
    ///
    /// Another command may be about to enrol at a verifier that no enrolment names yet: then nothing is taken off.
    func forgetOthers() async {
        guard let lock = try? StateLock(path: enrollLock) else { return }
        defer { withExtendedLifetime(lock) {} }
        guard let needed = try? await needed() else { return }
        try? list.keep(needed)
    }

    /// Makes the list where there is none, unless a command of the person's holds the lock.
    private func makeListLocked() async throws {
        guard let lock = try StateLock(path: enrollLock) else {
            throw EnrollmentError(.busy, "an enrolment is under way")
        }
        defer { withExtendedLifetime(lock) {} }
        try await makeList()
    }

    /// Makes the list where there is none, as after an upgrade from a version without it. The caller holds the lock of enrolments.
    private func makeList() async throws {
        if try list.origins() == nil { try list.replace(by: try await needed()) }
    }

    private func needed() async throws -> Set<Origin> {
        let issuers = try await enrollments.all().map(\.issuer) + enrollments.pending().map(\.issuer)
        return Set(issuers.compactMap(Origin.init(ofURL:)))
    }
}

// MARK: - The process that makes the running agent's connections

extension VerifierConnections {
    private static let process = Mutex<VerifierProxyProcess?>(nil)

    /// Forks the process that will make this one's connections, before this one has any thread. It waits until ``begin()``.
    static func prepare() throws(CommandFailure) {
        let environment = Console.environment
        do throws(VerifierProxyError) {
            let started = try VerifierProxyProcess.fork { try await settings(environment) }
            process.withLock { $0 = started }
        } catch { throw CommandFailure("\(error)") }
    }

    /// Has the process that was forked listen.
    static func begin() async throws(CommandFailure) -> VerifierProxyProcess {
        guard let process = process.withLock({ $0 }) else {
            throw CommandFailure("no process was started for connections to verifiers")
        }
        do { try await process.begin() } catch { throw CommandFailure("\(error)") }
        return process
    }

    /// What the proxy works with; this runs in its process.
    private static func settings(_ environment: [String: String]) async throws -> VerifierProxyServer.Settings {
        let folders = try AgentFolders(environment: environment)
        var settings = VerifierProxyServer.Settings(
            socketPath: folders.verifierProxySocket, list: VerifierList(path: folders.verifierList),
            alsoAllowed: Set(EnvironmentProxies(environment).endpoints.map(NetworkEndpoint.init(host:port:))),
            note: { Console.note($0) })
        guard (try? settings.list.origins()) == .some(nil) else { return settings }
        let store = try await SQLiteEnrollmentStore.open(folders.database)
        let connections = VerifierConnections(folders, store)
        do { try await connections.makeListLocked() } catch {
            // On a full disk, say, or while an enrolment is under way: this start makes do without.
            settings.note("the list of verifiers cannot be made yet: \(error)")
            settings.alsoAllowed.formUnion(try await connections.needed().map(NetworkEndpoint.init))
        }
        return settings
    }
}
