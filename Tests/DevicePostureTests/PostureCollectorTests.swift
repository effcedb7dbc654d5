// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DevicePosture
import DeviceSignals
import Glibc
import Testing

@Suite struct PostureCollectorTests {
    private static let name = SignalName(rawValue: "x")

    private struct Fixed: SignalCollector {
        var readings: [SignalName: SignalReading]
        var signals: [SignalName] { Array(readings.keys) }

        init(
            _ state: SignalState, by privilege: SignalPrivilege = .user,
            as name: SignalName = PostureCollectorTests.name
        ) {
            readings = [name: SignalReading(state, source: "\(privilege)", collectedAt: 1, privilege: privilege)]
        }

        func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
            readings
        }
    }

    private struct Silent: SignalCollector {
        var signals: [SignalName] { [PostureCollectorTests.name] }
        func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] { [:] }
    }

    private struct Stuck: SignalCollector {
        var signals: [SignalName] { [PostureCollectorTests.name] }
        func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
            try? await Task.sleep(for: .seconds(60))
            return [:]
        }
    }

    private let system = SystemView(root: "/proc/nonexistent", now: { 42 })

    private func collect(_ collectors: [any SignalCollector], _ names: [SignalName] = [name]) async -> PostureSnapshot {
        await PostureCollector(collectors: collectors, system: system).snapshot(of: names)
    }

    @Test func nameThatNobodyCollectsIsUnknown() async {
        let reading = await collect([])[Self.name]
        #expect(reading?.state == .unknown(reason: "this agent does not collect it"))
        #expect(reading?.collectedAt == 42)
    }

    @Test func answersForEveryNameAndNoOther() async {
        let names = [Self.name, SignalName(rawValue: "y"), Self.name]
        let snapshot = await collect([Fixed(.known(.integer(1))), Fixed(.known(.integer(2)), as: .model)], names)
        #expect(Set(snapshot.readings.keys) == Set(names))
    }

    @Test func collectorThatIsSilentIsUnknown() async {
        guard case .unknown? = await collect([Silent()])[Self.name]?.state else {
            Issue.record("a missing answer became a value")
            return
        }
    }

    @Test func collectorThatIsStuckIsUnknownAtTheDeadline() async {
        let other = SignalName(rawValue: "y")
        let collector = PostureCollector(
            collectors: [Stuck(), Fixed(.known(.integer(1)), as: other)], system: system, deadline: .milliseconds(50))
        let clock = ContinuousClock()
        let start = clock.now
        let snapshot = await collector.snapshot(of: [Self.name, other])
        #expect(clock.now - start < .seconds(10))
        #expect(snapshot[other]?.value == .integer(1))
        guard case .unknown? = snapshot[Self.name]?.state else {
            Issue.record("a missing answer became a value")
            return
        }
    }

    /// Does not wait, as it says, and answers with the thread that it is asked on.
    private struct Quick: SignalCollector {
        let name: SignalName
        var signals: [SignalName] { [name] }
        var mayWait: Bool { false }
        func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
            [
                name: SignalReading(
                    .known(.integer(Int(pthread_self() % (1 << 62)))), source: "thread", collectedAt: 1,
                    privilege: .user)
            ]
        }
    }

    @Test func whatNeverWaitsSharesAThreadAndWaitsForNobody() async {
        let names = (0..<4).map { SignalName(rawValue: "quick\($0)") }
        let collector = PostureCollector(
            collectors: [Stuck()] + names.map(Quick.init), system: system, deadline: .milliseconds(300))
        let snapshot = await collector.snapshot(of: [Self.name] + names)
        let threads = names.compactMap { snapshot[$0]?.value }
        #expect(threads.count == 4)
        #expect(Set(threads).count == 1)
    }

    @Test func manySnapshotsAtOnceEachHaveTheirDeadline() async {
        let collector = PostureCollector(collectors: [Stuck()], system: system, deadline: .milliseconds(200))
        let clock = ContinuousClock()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                group.addTask {
                    try? await Task.sleep(for: .milliseconds(number * 40))
                    let start = clock.now
                    let snapshot = await collector.snapshot(of: [Self.name])
                    let took = clock.now - start
                    #expect(took >= .milliseconds(190) && took < .seconds(5), "\(took)")
                    guard case .unknown? = snapshot[Self.name]?.state else {
                        Issue.record("a missing answer became a value")
                        return
                    }
                }
            }
        }
    }

    @Test func aSnapshotThatNobodyWaitsForEnds() async {
        let collector = PostureCollector(collectors: [Stuck()], system: system, deadline: .seconds(60))
        let task = Task { await collector.snapshot(of: [Self.name]) }
        try? await Task.sleep(for: .milliseconds(50))
        task.cancel()
        let start = ContinuousClock.now
        _ = await task.value
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test(
        arguments: [
            ([Fixed(.unknown(reason: "r")), Fixed(.known(.integer(2)))], SignalState.known(.integer(2))),
            ([Fixed(.known(.integer(1))), Fixed(.known(.integer(2)), by: .root)], .known(.integer(2))),
            ([Fixed(.known(.integer(1))), Fixed(.unknown(reason: "r"), by: .root)], .known(.integer(1))),
            ([Fixed(.known(.integer(1))), Fixed(.known(.integer(2)))], .known(.integer(1))),
            ([Fixed(.unknown(reason: "r")), Fixed(.notApplicable(reason: "n"))], .notApplicable(reason: "n")),
            ([Fixed(.notApplicable(reason: "n"), by: .root), Fixed(.known(.integer(2)))], .known(.integer(2))),
        ] as [([Fixed], SignalState)])
    private func theBestOfSeveralReadingsStands(collectors: [Fixed], expected: SignalState) async {
        #expect(await collect(collectors)[Self.name]?.state == expected)
    }

    @Test func textsAreCut() async {
        let long = String(repeating: "x", count: 5000) + "\u{1b}[31m"
        var collector = Fixed(.known(.string("\u{7}" + long)))
        collector.readings[Self.name]?.evidence = Array(repeating: long, count: 100)
        let reading = await collect([collector])[Self.name]
        #expect(reading?.value == .string(String(repeating: "x", count: 256)))
        #expect(reading?.evidence.count == 32)
        #expect(reading?.evidence.allSatisfy { $0.count == 200 } == true)
    }

    @Test func tooManyNamesAreLeftOut() async {
        let names = (0..<1000).map { SignalName(rawValue: "n\($0)") }
        #expect(await collect([], names).readings.count == PostureCollector.maximumSignals)
    }

    @Test func standardCollectorsCoverTheFirstSignals() {
        let first: Set<SignalName> = [
            .platform, .osName, .osVersion, .kernelVersion, .manufacturer, .model, .diskEncryptionType, .screenLockType,
            .secureHardwarePresent, .secureBoot,
        ]
        #expect(Set(PostureCollector().names).isSuperset(of: first))
    }

    @Test func aMachineWithoutAnyFileIsUnknownThroughout() async {
        let collector = PostureCollector(system: system)
        for (name, reading) in await collector.snapshot(of: collector.names).readings where name != .platform {
            guard case .unknown = reading.state else {
                Issue.record("\(name) became \(reading.state) of nothing")
                continue
            }
        }
    }

    @Test func thisMachineIsReadWithinTheDeadline() async {
        let collector = PostureCollector()
        let clock = ContinuousClock()
        let start = clock.now
        let snapshot = await collector.snapshot(of: collector.names)
        #expect(clock.now - start < .seconds(10))
        #expect(snapshot[.platform]?.value == .string("LINUX"))
        #expect(snapshot[.kernelVersion]?.value != nil)
    }
}
