// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DevicePosture
internal import DeviceSignals
internal import FoundationEssentials
internal import Glibc
internal import WireProtocol

/// Tells what changes, as it changes, until it is interrupted.
///
/// This process does nothing but wait in the kernel; each look is a run of this program of its own. Swift's concurrency and
/// Dispatch under it wake a process every second once they have been used, so they are not used here.
struct PostureWatch {
    private let reporter: PostureReporter
    private let json: Bool

    init(redact: Bool, json: Bool) {
        reporter = PostureReporter(system: .live, redact: redact)
        self.json = json
    }

    /// Runs until it is interrupted, or something fails.
    func run() throws -> Never {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number) { _ in _exit(0) } }
        let changes: ChangeWatch
        do { changes = try ChangeWatch(system: .live) } catch {
            throw CommandFailure("the system cannot be watched: \(error)")
        }
        var last = try look()
        try show(last)
        while true {
            do { try changes.wait() } catch { throw CommandFailure("the system can no longer be watched: \(error)") }
            // A look that the machine slept through is made again.
            let now = try (try? look()) ?? look()
            try tell(now, since: last)
            last = now
        }
    }

    private func look() throws -> Posture {
        let child = ChildProcess(
            program: "/proc/self/exe", arguments: ["posture", "--snapshot"], environment: Console.environment,
            timeout: .seconds(20), outputLimit: 4 * 1024 * 1024)
        switch child.run() {
        case .failure(let failure): throw CommandFailure("the look at this device \(failure.predicate)")
        case .success(let bytes):
            return reporter.posture(try JSON.decode(PostureSnapshot.self, from: bytes, limit: child.outputLimit))
        }
    }

    private func show(_ posture: Posture) throws {
        if json { return try Console.print(line: PostureDocument(posture, verdict: nil)) }
        PostureTable(posture).print()
        Console.note("watching; Ctrl-C ends it")
    }

    private func tell(_ now: Posture, since last: Posture) throws {
        let before = Dictionary(last.entries.map { ($0.guide.name, $0.reading.state) }) { first, _ in first }
        let changed = now.entries.filter { before[$0.guide.name] != $0.reading.state }
        guard !changed.isEmpty else { return }
        if json {
            var part = now
            part.entries = changed
            return try Console.print(line: PostureDocument(part, verdict: nil))
        }
        let time = Date.now.formatted(.iso8601)
        for entry in changed {
            Console.print(
                "\(time)  \(entry.guide.title): \(entry.styledValue)  \(Style.faint.apply(entry.explanation))")
        }
    }
}
