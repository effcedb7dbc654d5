// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import AgentConfiguration
internal import BlockingExecutors
package import DevicePosture
package import DeviceSignals
internal import SQLiteDatabase

/// Answers organisations' own checks, as far as the administrator of this device allows them.
package struct CustomCheckRunner: Sendable {
    /// What a check says when it is tried out by a person.
    package struct Trial: Hashable, Sendable {
        /// What came of it.
        package var result: PostureCheckReport
        /// The signals that it was made of; empty where osqueryi answered.
        package var signals: [SignalName]
    }

    /// How long all checks of one challenge may run together.
    var together = Duration.seconds(5)

    private let system: SystemView
    private let owner: UInt32
    private let programRoot: String
    private let tables: CheckTables
    private let read: @Sendable ([SignalName]) async -> PostureSnapshot
    private let executor = BlockingTaskExecutor(label: "custom-checks")

    /// A runner.
    ///
    /// - Parameters:
    ///   - system: the machine whose administrator is asked.
    ///   - owner: who has to own the administrator's file; root but in tests.
    ///   - programRoot: the folder that stands for `/` for programs; that of the running system but in tests.
    ///   - names: the signals that there are.
    ///   - read: reads signals.
    package init(
        system: SystemView = .live, trusting owner: UInt32 = 0, programsBelow programRoot: String = "",
        signals names: [SignalName],
        read: @escaping @Sendable ([SignalName]) async -> PostureSnapshot
    ) {
        self.system = system
        self.owner = owner
        self.programRoot = programRoot
        tables = CheckTables(signals: names)
        self.read = read
    }

    /// What the administrator allows.
    package func standing() async -> CustomCheckSettings.Standing {
        await blocking { CustomCheckSettings.read(in: system, trusting: owner) }
    }

    /// The results of an organisation's checks, one for each, in their order.
    ///
    /// - Parameter organization: the origin of its verifier.
    package func results(
        of checks: [PostureCheckRequest], for organization: String
    ) async -> [PostureCheckReport] {
        guard !checks.isEmpty else { return [] }
        switch await standing() {
        case .off: return checks.map { Self.result(of: $0.variableName, .failure(.off)) }
        case .unusable(let reason):
            return checks.map { Self.result(of: $0.variableName, .failure(.unusable(reason))) }
        case .on(let settings):
            guard settings.allows(organization) else {
                return checks.map { Self.result(of: $0.variableName, .failure(.otherOrganization)) }
            }
            return await run(checks, settings).map(\.result)
        }
    }

    /// Tries a query out for the person at this machine, whom nobody has to allow it; nothing of it is sent.
    package func trial(of query: String) async -> Trial? {
        var settings = CustomCheckSettings(organizations: [])
        if case .on(let found) = await standing() { settings = found }
        return await run([PostureCheckRequest(variableName: "trial", query: query)], settings).first
    }

    // MARK: - Running

    /// A check that may be run, and what it reads.
    private struct Prepared: Sendable {
        let name: String
        let query: Result<(ConfinedQuery, ConfinedReads), CustomCheckFailure>
    }

    private func run(_ checks: [PostureCheckRequest], _ settings: CustomCheckSettings) async -> [Trial] {
        let end = ContinuousClock.now + together
        if let osquery = settings.osquery {
            // The program of a system that does not run is a stranger's, and would tell of this one.
            guard system.root == programRoot else {
                return checks.map {
                    let failure = CustomCheckFailure.osquery("can be run on a live system only")
                    return Trial(result: Self.result(of: $0.variableName, .failure(failure)), signals: [])
                }
            }
            let program = OsqueryProgram(settings: osquery, owner: owner, root: system.root)
            return await blocking { ask(program, checks, settings, until: end) }
        }
        let prepared = await blocking {
            checks.enumerated().map { prepare($1, isRun: $0 < Self.most && ContinuousClock.now < end, settings) }
        }
        let needed = prepared.reduce(into: Set<SignalName>()) { needed, check in
            if case .success(let (_, reads)) = check.query { needed.formUnion(tables.signals(for: reads)) }
        }
        let snapshot = needed.isEmpty ? PostureSnapshot() : await read(needed.sorted())
        return await blocking { prepared.map { answer($0, from: snapshot, until: end) } }
    }

    private static var most: Int { PostureCheckRequest.maximumCount }

    private func limits(_ settings: CustomCheckSettings) -> ConfinedQuery.Limits {
        var limits = ConfinedQuery.Limits()
        limits.time = .milliseconds(settings.timeoutMillis)
        limits.queryLength = PostureCheckRequest.maximumQueryLength
        limits.answerLength = PostureCheckReport.maximumValueLength
        return limits
    }

    private func prepare(_ check: PostureCheckRequest, isRun: Bool, _ settings: CustomCheckSettings) -> Prepared {
        guard isRun else { return Prepared(name: check.variableName, query: .failure(.notRun)) }
        do throws(ConfinedQueryError) {
            let query = try ConfinedQuery(check.query, limits: limits(settings))
            let reads = try query.reads(among: tables.outline)
            return Prepared(name: check.variableName, query: .success((query, reads)))
        } catch {
            return Prepared(name: check.variableName, query: .failure(.query(error)))
        }
    }

    private func answer(
        _ check: Prepared, from snapshot: PostureSnapshot, until end: ContinuousClock.Instant
    ) -> Trial {
        var signals: [SignalName] = []
        do throws(CustomCheckFailure) {
            let (query, reads) = try check.query.get()
            signals = tables.signals(for: reads).sorted()
            guard ContinuousClock.now < end else { throw .notRun }
            let filled = try tables.filled(for: reads, from: snapshot)
            let value: String
            do throws(ConfinedQueryError) { value = try query.answer(from: filled) } catch { throw .query(error) }
            return Trial(result: Self.result(of: check.name, .success(value)), signals: signals)
        } catch {
            return Trial(result: Self.result(of: check.name, .failure(error)), signals: signals)
        }
    }

    private func ask(
        _ program: OsqueryProgram, _ checks: [PostureCheckRequest], _ settings: CustomCheckSettings,
        until end: ContinuousClock.Instant
    ) -> [Trial] {
        checks.enumerated().map { index, check in
            let outcome: Result<String, CustomCheckFailure>
            do throws(CustomCheckFailure) {
                let left = ContinuousClock.now.duration(to: end)
                guard left > .zero, index < Self.most else { throw .notRun }
                let query: ConfinedQuery
                do throws(ConfinedQueryError) {
                    query = try ConfinedQuery(check.query, limits: limits(settings))
                } catch { throw .query(error) }
                outcome = .success(try program.answer(query, within: min(left, .milliseconds(settings.timeoutMillis))))
            } catch {
                outcome = .failure(error)
            }
            return Trial(
                result: Self.result(of: check.variableName, outcome, source: program.settings.program), signals: [])
        }
    }

    private static func result(
        of name: String, _ outcome: Result<String, CustomCheckFailure>, source: String = "signals"
    ) -> PostureCheckReport {
        switch outcome {
        case .success(let value): PostureCheckReport(variableName: name, .known(value), source: source)
        case .failure(.query(.tookTooLong)): PostureCheckReport(variableName: name, .timedOut, source: source)
        case .failure(let failure):
            PostureCheckReport(variableName: name, .unknown(reason: bounded(failure.reason)), source: source)
        }
    }

    /// The text without control characters, and no longer than a result may carry.
    private static func bounded(_ text: String) -> String {
        var bounded = String.UnicodeScalarView()
        var length = 0
        for scalar in text.unicodeScalars where !(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)) {
            length += UTF8.width(scalar)
            guard length <= PostureCheckReport.maximumReasonLength else { break }
            bounded.append(scalar)
        }
        return String(bounded)
    }

    private func blocking<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withTaskExecutorPreference(executor) { await Self.run(body) }
    }

    /// Off any actor, so that the preference holds.
    private nonisolated static func run<Value: Sendable>(_ body: @Sendable () -> Value) async -> Value { body() }
}
