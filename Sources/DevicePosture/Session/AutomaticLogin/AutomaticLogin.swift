// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `autoLogin`: whether the machine logs somebody in by itself, whoever that is.
struct AutomaticLoginCollector: SignalCollector {
    package var signals: [SignalName] { [.autoLogin] }

    package func collect(
        _ requested: Set<SignalName>, in system: SystemView
    ) async -> [SignalName: SignalReading] {
        guard requested.contains(.autoLogin) else { return [:] }
        return [.autoLogin: system.reading(of: find(in: system))]
    }

    /// Reads the settings of the display manager that is active, and of the consoles.
    func find(in system: SystemView) -> Finding {
        switch Confinement.detect(in: system) {
        case .none: break
        case .wsl: return .unknown("the login belongs to the Windows host", source: "/proc/sys/kernel/osrelease")
        case .flatpak: return .unknown("a Flatpak sandbox does not show it", source: "/.flatpak-info")
        case .container(let name):
            return .notApplicable("a container (\(name)) has no login of its own", source: "/run/systemd/container")
        }
        return (DisplayManager.find(in: system) + Consoles.find(in: system)).finding
    }
}

/// What was found of the ways in which a machine may log somebody in by itself.
struct AutomaticLoginSurvey: Hashable, Sendable {
    /// The ways in which it does.
    var ways: [String] = []
    /// Why one of them cannot be told.
    var doubts: [String] = []
    /// What was looked at.
    var seen: [String] = []

    /// Takes a way over where the body finds one, and a doubt where it cannot read.
    mutating func look(at path: String, _ body: () throws(ReadFailure) -> Bool) {
        do throws(ReadFailure) {
            if try body() { ways.append(path) } else { seen.append("\(path): no") }
        } catch {
            doubts.append("\(path) \(error.predicate)")
        }
    }

    static func + (left: AutomaticLoginSurvey, right: AutomaticLoginSurvey) -> AutomaticLoginSurvey {
        AutomaticLoginSurvey(
            ways: left.ways + right.ways, doubts: left.doubts + right.doubts, seen: left.seen + right.seen)
    }

    /// One way is enough; none is only known where all could be read.
    var finding: Finding {
        let source = "display manager and consoles"
        let evidence = ways.map { "\($0): yes" } + doubts + seen
        if !ways.isEmpty { return .known(true, source: source, evidence: evidence) }
        if let doubt = doubts.first { return .unknown(doubt, source: source, evidence: evidence) }
        return .known(false, source: source, evidence: evidence)
    }
}
