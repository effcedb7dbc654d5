// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `sshServer`: whether an SSH server runs, or is started by the first connection.
struct SSHServerCollector: SignalCollector {
    private static let source = "systemd, /proc, /proc/net/tcp"
    static let units = [
        "ssh.service", "sshd.service", "ssh.socket", "sshd.socket", "dropbear.service", "dropbear.socket",
        "tinysshd.socket",
    ]
    private static let programs = ["sshd", "dropbear", "tinysshd"]
    private static let port: UInt16 = 22

    package var signals: [SignalName] { [.sshServer] }

    package func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        guard requested.contains(.sshServer) else { return [:] }
        return [.sshServer: system.reading(of: find(in: system))]
    }

    private func find(in system: SystemView) -> Finding {
        if case .flatpak = Confinement.detect(in: system) {
            return .unknown("the sandbox hides the machine's services", source: Self.source)
        }
        var evidence: [String] = []
        var isCertain = false
        switch UnitTable.read(Self.units, in: system) {
        case .success(let table):
            if let unit = table.firstActive(of: Self.units) {
                return .known(true, source: "systemd", evidence: ["\(unit) is active"])
            }
            isCertain = true
        case .failure(let failure): evidence.append("systemd \(failure.predicate)")
        }
        if let names = try? ProcessNames(in: system) {
            if let program = Self.programs.first(where: { names.runs($0) == true }) {
                return .known(true, source: "/proc", evidence: ["\(program) runs"])
            }
            if names.isComplete { isCertain = true } else { evidence.append("not all processes are shown") }
        }
        guard let sockets = try? system.reachableSockets() else {
            return .unknown("the sockets of this machine could not be read", source: Self.source, evidence: evidence)
        }
        if sockets.contains(where: { $0.transport == "tcp" && $0.port == Self.port }) {
            return .unknown(
                "port 22 is listened on, but neither a unit nor a process tells by what", source: Self.source,
                evidence: evidence)
        }
        guard isCertain else {
            return .unknown("neither systemd nor the list of processes tells", source: Self.source, evidence: evidence)
        }
        return .known(false, source: Self.source, evidence: evidence)
    }
}
