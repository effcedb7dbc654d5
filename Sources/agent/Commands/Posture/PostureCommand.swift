// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import DevicePosture
internal import DeviceSignals
internal import Glibc
internal import Pinentry

/// Shows what the agent would report of this device, and what to do about it.
struct PostureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "posture", abstract: "Shows what can be told to a verifier about this device, and what to mend.",
        discussion: """
            Nothing is sent anywhere. A verifier gets only the signals that it asks for, and only after your consent.
            What is wrong stands first, then what could not be found out.

            EXAMPLES
              agent posture                           what stands how, and what to do
              agent posture --explain diskEncryptionType
                                                      one signal, with all that was seen
              agent posture --policy laptops.json     whether this device meets a policy
              agent posture --json --redact           for a bug report
              agent posture --watch                   tell what changes, until Ctrl-C
              agent posture --sysroot /mnt            a system that is not the running one
              agent posture --check firewall.sql      try an administrator's own check out

            EXIT STATUS
              0 done; with --policy, the policies are met or their grace period has begun
              1 a policy is not met, or could not be read; with --check, there is no value
            """)

    @Flag(help: "Print the signals as JSON, with the evidence of each; with --watch an object a line.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Read a system whose files are laid out in this folder; what only a live system can say is unknown.",
            valueName: "dir"))
    var sysroot: String?

    @Option(
        help: ArgumentHelp(
            "Judge the signals by a device assurance policy; may be given several times, one of them has to be met.",
            valueName: "file"))
    var policy: [String] = []

    @Option(help: ArgumentHelp("Tell all about one signal.", valueName: "signal"))
    var explain: String?

    @Option(
        help: ArgumentHelp(
            "Run the query in this file as a custom check is run, and show its value; see docs/custom-checks.md.",
            valueName: "file"))
    var check: String?

    @Flag(help: "Go on and tell what changes, as it changes.")
    var watch = false

    @Flag(help: "Leave out what tells this device or you from others.")
    var redact = false

    /// What ``PostureWatch`` runs for each look.
    @Flag(name: .customLong("snapshot"), help: .private)
    var snapshotOnly = false

    func validate() throws {
        if watch, sysroot != nil || !policy.isEmpty || explain != nil || check != nil {
            throw ValidationError("--watch goes with --json and --redact alone")
        }
        if explain != nil, !policy.isEmpty { throw ValidationError("--explain and --policy do not go together") }
        if check != nil, explain != nil || !policy.isEmpty || redact {
            throw ValidationError("--check goes with --json and --sysroot alone")
        }
    }

    func run() async throws {
        if let check {
            let trial = try PostureCheckTrial(file: check)
            return try await trial.run(in: try view(), origins: await origins(), json: json)
        }
        let report = PostureReporter(system: try view(), redact: redact, origins: await origins())
        if let explain { return try await self.explain(explain, report) }
        let policies = try PosturePolicies(files: policy)
        let snapshot = await report.snapshot()
        if snapshotOnly { return try Console.print(line: snapshot) }
        let posture = report.posture(snapshot)
        let verdict = policies.judge(posture)
        let reports = await PostureReports.read(in: try view())
        if json {
            let document = PostureReportsDocument(reports, redact: redact)
            try Console.print(json: PostureDocument(posture, verdict: verdict, reports: document))
        } else {
            PostureTable(posture).print()
            reports.print()
            verdict?.print()
        }
        if let verdict, !verdict.isMet { throw ExitCode(CommandFailure.failed) }
    }

    /// The origins of the organisations that the device is enrolled with; `nil` where that is not known.
    private func origins() async -> [String]? {
        guard sysroot == nil, let parts = try? AgentParts(onlyLooks: true) else { return nil }
        guard access(parts.folders.database, F_OK) == 0 || errno != ENOENT else { return [] }
        return await (try? await parts.enrollments())?.origins()
    }

    private func view() throws(CommandFailure) -> SystemView {
        guard let sysroot else { return .live }
        let view = SystemView.files(below: sysroot)
        guard view.isFolder, !view.isLive else {
            throw CommandFailure(
                "'\(DisplayText(sysroot, limit: 200))' is not a folder of another system that can be read",
                hint: "name the folder that holds that system's etc, usr, proc and sys")
        }
        return view
    }

    private func explain(_ text: String, _ report: PostureReporter) async throws {
        guard let guide = SignalGroup.guide(to: SignalName(rawValue: text)) else {
            let names = SignalGroup.all.flatMap(\.guides).map(\.name.rawValue)
            let near = names.filter { $0.lowercased().contains(text.lowercased()) }
            throw CommandFailure(
                "there is no signal '\(DisplayText(text, limit: 64))'",
                hint: near.isEmpty
                    ? "'agent posture' lists all signals" : "did you mean \(near.joined(separator: " or "))?")
        }
        let posture = report.posture(await report.snapshot(of: guide.name))
        if json { return try Console.print(json: PostureDocument(posture, verdict: nil)) }
        for entry in posture.entries { PostureExplanation(entry).print() }
    }
}
