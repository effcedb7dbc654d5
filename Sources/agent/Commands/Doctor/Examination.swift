// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import AuthenticatorAgent
internal import DeviceKeys
internal import DevicePosture
internal import DeviceSignals
internal import Glibc
internal import HTTPSClient
internal import VerifierProxy
internal import WireProtocol

/// One look at everything that a sign-in needs on this machine.
struct Examination: Sendable {
    let parts: AgentParts

    init(_ parts: AgentParts) { self.parts = parts }

    /// All findings, from what a sign-in needs first to what it needs last.
    func findings() async -> [Finding] {
        let (enrollments, state) = await enrollmentsAndState()
        async let daemon = daemon()
        async let keys = keyStores(of: enrollments)
        async let verifiers = verifiers(of: enrollments)
        async let clock = clock()
        async let helper = helper()
        async let reports = reports()
        let groups: [[Finding]] = await [
            configuration(), [state], daemon, [pinentry()], keys, browsers(of: enrollments),
            connections(of: enrollments), verifiers, [clock, helper], reports,
        ]
        return groups.flatMap(\.self)
    }

    // MARK: State

    private func enrollmentsAndState() async -> ([Enrollment], Finding) {
        do {
            let store = try await parts.enrollments()
            let all = try await store.all()
            let pending = try await store.pending()
            return (all, Self.finding(on: all, pending: pending.count))
        } catch {
            let failure = error as? CommandFailure
            return (
                [],
                Finding(
                    "state", .problem, failure?.message ?? "the agent's state cannot be read: \(error)",
                    fix: failure?.hint ?? "do as it says, then run 'agent doctor' again")
            )
        }
    }

    private static func finding(on enrollments: [Enrollment], pending: Int) -> Finding {
        guard pending == 0 else {
            return Finding(
                "state", .warning, "an enrolment was interrupted",
                fix: "run 'agent run' or the same 'agent enroll' again: either finishes it")
        }
        guard !enrollments.isEmpty else {
            return Finding(
                "state", .warning, "this device is not enrolled anywhere", fix: "run 'agent enroll https://…'")
        }
        let unconfirmed = enrollments.reduce(0) { $0 + $1.unconfirmedKeys.count }
        guard unconfirmed == 0 else {
            return Finding(
                "state", .warning, "\(unconfirmed) keys are not known to be the verifier's",
                fix: "see 'agent keys list'")
        }
        let names = enrollments.map(\.organizationName).joined(separator: ", ")
        return Finding("state", .ok, "enrolled at \(names)")
    }

    // MARK: The daemon and its ports

    private func daemon() async -> [Finding] {
        do {
            let status = try await parts.control().status()
            let addresses = status.listening.joined(separator: " and ")
            guard status.version == AgentVersion.current else {
                return [
                    Finding(
                        "daemon", .warning,
                        "the agent that runs is version \(status.version), this program is \(AgentVersion.current)",
                        fix: "run 'systemctl --user restart countersign-agent'")
                ]
            }
            return [Finding("daemon", .ok, "the agent runs and listens on \(addresses)")]
        } catch ControlError.notRunning {
            return [
                Finding(
                    "daemon", .problem, "the agent does not run",
                    fix: "run 'systemctl --user enable --now countersign-agent', or 'agent run' in a terminal"),
                ports(),
            ]
        } catch {
            return [
                Finding(
                    "daemon", .problem, "the agent does not answer on \(parts.folders.controlSocket): \(error)",
                    fix: "run 'systemctl --user restart countersign-agent'")
            ]
        }
    }

    /// Whether a port is left for the agent to listen on.
    private func ports() -> Finding {
        let taken = parts.configuration.ports.filter { !Self.isFree($0) }
        guard taken.count == parts.configuration.ports.count else {
            return Finding("ports", .ok, "a port of the loopback endpoint is free")
        }
        let list = taken.map(String.init).joined(separator: ", ")
        return Finding(
            "ports", .problem, "other programs have all ports of the loopback endpoint: \(list)",
            fix: "find them with 'ss -ltnp', and end one")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0
    }

    // MARK: Prompts

    private func pinentry() -> Finding {
        let program = parts.pinentryPath
        guard isExecutable(program) else {
            return Finding(
                "pinentry", .problem, "the program that asks you, '\(program)', is not installed",
                fix: "install a pinentry of your desktop (pinentry-gnome3, pinentry-qt), or set COUNTERSIGN_PINENTRY")
        }
        return Finding("pinentry", .ok, "'\(program)' asks you")
    }

    private func isExecutable(_ program: String) -> Bool {
        guard !program.contains("/") else { return access(program, X_OK) == 0 }
        let folders = (parts.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return folders.contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    // MARK: Keys

    /// Whether the keys of the enrolments can be reached; a kind that no enrolment uses is not looked at.
    private func keyStores(of enrollments: [Enrollment]) async -> [Finding] {
        let kinds = Set(enrollments.flatMap(\.keys).map(\.kind)).sorted { $0.rawValue < $1.rawValue }
        let stores = parts.keyStores()
        var findings: [Finding] = []
        for kind in kinds {
            let id = "keys.\(kind.rawValue)"
            switch try? await stores.store(of: kind).availability() {
            case .available?:
                let lost = kind == .software ? lostKeyFiles(of: enrollments) : 0
                findings.append(
                    lost == 0
                        ? Finding(id, .ok, "keys of the kind '\(kind.rawValue)' can be reached")
                        : Finding(
                            id, .problem, "\(lost) key files cannot be read in \(parts.folders.keys)",
                            fix: "restore them from a backup, or enrol this device again"))
            case .unavailable(let reason)?:
                // A security key or card that lies in a drawer is no fault of the installation.
                let status: Finding.Status = kind == .fido2 || kind == .piv ? .warning : .problem
                findings.append(
                    Finding(id, status, reason, fix: "do as it says; 'agent keys test' shows whether it helped"))
            case nil:
                findings.append(
                    Finding(
                        id, .problem, "this agent has no support for keys of the kind '\(kind.rawValue)'",
                        fix: "install an agent that has it, or enrol with another kind of key"))
            }
        }
        return findings
    }

    private func lostKeyFiles(of enrollments: [Enrollment]) -> Int {
        enrollments.flatMap(\.keys).filter { key in
            key.kind == .software && access("\(parts.folders.keys)/\(key.id).p8", R_OK) != 0
        }.count
    }

    // MARK: Browsers

    /// Whether the browsers' policies let the sign-in pages reach the agent.
    private func browsers(of enrollments: [Enrollment]) -> [Finding] {
        let origins = Set(enrollments.flatMap(\.pinned.allowedOrigins).map(\.description)).sorted()
        // One run of the command has to name them all, for it replaces what was there.
        let install =
            (["sudo agent browser-policy install"] + origins.map { "--origin \($0)" }).joined(separator: " ")
        return LoopbackGrant.read(for: origins, in: .live).map { grant in
            let id = "browser.\(grant.browser)"
            switch grant.state {
            case .allowed: return Finding(id, .ok, "\(grant.browser) lets \(grant.origin) reach the agent")
            case .notSet:
                return Finding(
                    id, .warning, "\(grant.browser) asks before \(grant.origin) may reach the agent",
                    fix: "allow it when the browser asks, or have your administrator run: \(install)")
            case .blocked:
                return Finding(
                    id, .problem, "a policy of \(grant.browser) keeps \(grant.origin) from reaching the agent",
                    fix: "have your administrator change the policy in \(grant.source)")
            case .unknown(let reason):
                return Finding(id, .unknown, "what \(grant.browser) does with \(grant.origin) is not known: \(reason)")
            }
        }
    }

    // MARK: Verifiers, time, and the helper

    /// Whether the running agent may connect to the verifiers; the commands may always.
    private func connections(of enrollments: [Enrollment]) -> [Finding] {
        guard !enrollments.isEmpty else { return [] }
        let id = "connections"
        let path = parts.folders.verifierList
        let restart = "run 'systemctl --user restart countersign-agent', which makes it anew"
        let remove = "run 'rm \(path)', and then 'systemctl --user restart countersign-agent', which makes it anew"
        do {
            guard let listed = try VerifierList(path: path).origins() else {
                return [
                    Finding(id, .warning, "the list of the verifiers that the agent connects to is gone", fix: restart)
                ]
            }
            let missing = Set(enrollments.compactMap { Origin(ofURL: $0.issuer) }).subtracting(listed)
            guard missing.isEmpty else {
                let names = missing.map(\.description).sorted().joined(separator: ", ")
                return [
                    Finding(id, .problem, "the agent does not connect to \(names): '\(path)' lacks it", fix: remove)
                ]
            }
            return [Finding(id, .ok, "the agent connects to the verifiers of its enrolments")]
        } catch {
            return [
                Finding(id, .problem, "the list of the verifiers that the agent connects to: \(error)", fix: remove)
            ]
        }
    }

    private func verifiers(of enrollments: [Enrollment]) async -> [Finding] {
        let http = parts.http()
        var findings: [Finding] = []
        for issuer in Set(enrollments.map(\.issuer)).sorted() {
            findings.append(await verifier(issuer, http))
        }
        return findings
    }

    private func verifier(_ issuer: String, _ http: HTTPSClient) async -> Finding {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let request = HTTPSRequest(.get, base + "/.well-known/openid-configuration", timeoutMillis: 5000)
        do {
            let response = try await http.send(request)
            guard response.isSuccess else {
                return Finding(
                    "verifier", .problem, "\(issuer) answers with status \(response.status)",
                    fix: "ask your administrator whether it runs")
            }
            let skew = ClockSkew(dateField: response.headers["date"], now: Int64(time(nil)))
            if let skew, skew.matters { return Finding("verifier", .problem, skew.sentence, fix: ClockSkew.hint) }
            return Finding("verifier", .ok, "\(issuer) answers")
        } catch {
            return Finding(
                "verifier", .problem, "\(issuer) cannot be reached: \(error)",
                fix: "check the network; behind a proxy set https_proxy; with a private authority COUNTERSIGN_CA_FILE")
        }
    }

    private func clock() async -> Finding {
        let reading = await PostureCollector().snapshot(of: [.timeSynchronized])[.timeSynchronized]
        switch reading?.state {
        case .known(.boolean(true)): return Finding("clock", .ok, "the clock is kept by a time service")
        case .known:
            return Finding("clock", .warning, "no time service keeps the clock", fix: "sudo timedatectl set-ntp true")
        case .notApplicable(let reason), .unknown(let reason):
            return Finding("clock", .unknown, "whether the clock is kept is not known: \(reason)")
        case nil: return Finding("clock", .unknown, "whether the clock is kept is not known")
        }
    }

    /// Whether what needs more rights than the person's can be read.
    private func helper() async -> Finding {
        let snapshot = await PostureCollector(collectors: [PostureHelperCollector()]).snapshot(of: [.secureBoot])
        switch snapshot[.secureBoot]?.state {
        case .known, .notApplicable: return Finding("helper", .ok, "the posture helper answers")
        case .unknown(let reason):
            // The helper's own readings may be unknown; then they are root's.
            if snapshot[.secureBoot]?.privilege == .root, geteuid() != 0 {
                return Finding("helper", .ok, "the posture helper answers")
            }
            return Finding(
                "helper", .warning, "signals that need the superuser's rights are unknown: \(reason)",
                fix: "sudo systemctl enable --now countersign-posture-helper.socket")
        case nil: return Finding("helper", .unknown, "whether there is a posture helper is not known")
        }
    }
}
