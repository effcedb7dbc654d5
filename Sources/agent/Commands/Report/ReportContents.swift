// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import AuthenticatorAgent
internal import BlockingExecutors
internal import DeviceKeys
internal import DevicePosture
internal import DeviceSignals
internal import Glibc
internal import Journal
internal import SupportReports
internal import TOMLConfiguration
internal import WireProtocol

/// What a report tells, redacted.
struct ReportContents {
    /// How many entries of the log it has at most.
    private static let mostEntries = 1000

    let parts: AgentParts

    init(_ parts: AgentParts) { self.parts = parts }

    private struct Versions: Encodable {
        let agent: String
        let system: String
        let kernel: String
        let architecture: String
    }

    private struct Status: Encodable {
        struct Enrolled: Encodable {
            let keys: [String]
            let unconfirmedKeys: Int
            let createdAt: Int64
        }

        let running: Bool
        let version: String?
        let listening: [String]
        let since: Int64?
        let enrollments: [Enrolled]
        let pendingEnrollments: Int
    }

    private struct Document<Value: Encodable>: Encodable {
        let findings: Value
    }

    /// The texts of the report.
    func items() async throws -> [ReportArchive.Item] {
        let store = try? await parts.enrollments()
        let enrollments = (try? await store?.all()) ?? []
        let pending = (try? await store?.pending().count) ?? 0
        let redaction = ReportRedaction(
            ReportWords(
                environment: parts.environment, enrollments: enrollments, configuration: parts.configuration
            ).all)
        let system = SystemView.live
        let reporter = PostureReporter(
            system: system, redact: true, origins: enrollments.flatMap(\.pinned.allowedOrigins).map(\.description))
        let posture = PostureDocument(
            reporter.posture(await reporter.snapshot()), verdict: nil,
            reports: PostureReportsDocument(await PostureReports.read(in: system), redact: true))
        let settings = ConfigShowCommand.Document(
            settings: parts.configuration.effectiveSettings(environment: parts.environment))
        let items = [
            ReportArchive.Item(name: "versions.json", title: "versions", text: try json(await versions())),
            ReportArchive.Item(
                name: "doctor.json", title: "what 'agent doctor' found",
                text: try json(Document(findings: await Examination(parts).findings()))),
            ReportArchive.Item(
                name: "status.json", title: "whether the agent runs, and how many enrolments there are",
                text: try json(await status(enrollments, pending: pending))),
            ReportArchive.Item(
                name: "posture.json", title: "the signals of this machine", text: try json(posture)),
            ReportArchive.Item(
                name: "configuration.json", title: "the settings as they hold",
                text: try parts.configurationFault.map { "\($0)\n" } ?? json(settings)),
            ReportArchive.Item(name: "log.txt", title: "the agent's log of the last week", text: await log()),
        ]
        return items.map { item in
            ReportArchive.Item(name: item.name, title: item.title, text: redaction.redacted(item.text))
        }
    }

    private func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSON.encode(value, pretty: true), as: UTF8.self) + "\n"
    }

    private func versions() async -> Versions {
        let snapshot = await PostureCollector().snapshot(of: [.osName, .osVersion])
        func text(_ name: SignalName) -> String {
            if case .string(let text)? = snapshot[name]?.value { text } else { "unknown" }
        }
        var name = utsname()
        uname(&name)
        func part(_ bytes: UnsafeRawBufferPointer) -> String {
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return Versions(
            agent: AgentVersion.current, system: "\(text(.osName)) \(text(.osVersion))",
            kernel: withUnsafeBytes(of: &name.release, part), architecture: withUnsafeBytes(of: &name.machine, part))
    }

    private func status(_ enrollments: [Enrollment], pending: Int) async -> Status {
        let running = try? await parts.control().status()
        return Status(
            running: running != nil, version: running?.version, listening: running?.listening ?? [],
            since: running?.since,
            enrollments: enrollments.map { enrollment in
                Status.Enrolled(
                    keys: enrollment.keys.map { "\($0.kind.rawValue) \($0.purpose.rawValue)" },
                    unconfirmedKeys: enrollment.unconfirmedKeys.count, createdAt: enrollment.createdAt)
            }, pendingEnrollments: pending)
    }

    private func log() async -> String {
        let since = UInt64(max(0, time(nil) - 7 * 86400)) * 1_000_000
        let selection = JournalReader.Selection(user: geteuid(), since: since)
        return await withTaskExecutorPreference(BlockingTaskExecutor(label: "journal")) {
            await Self.log(selection)
        }
    }

    private nonisolated static func log(_ selection: JournalReader.Selection) async -> String {
        do throws(JournalReader.Failure) {
            let reader = try JournalReader(selection)
            var lines: [String] = []
            while let record = try reader.next() {
                lines.append(LogLine(record).text)
                if lines.count > 2 * mostEntries { lines.removeFirst(mostEntries) }
            }
            guard !lines.isEmpty else { return "the journal has no entries of the agent\n" }
            return lines.suffix(mostEntries).joined(separator: "\n") + "\n"
        } catch { return "\(error)\n" }
    }
}
