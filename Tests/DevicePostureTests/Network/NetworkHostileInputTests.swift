// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Glibc
import MessageBus
import Testing

@testable import DevicePosture

/// What is wrong with a file.
enum Badness: CaseIterable, Sendable {
    case empty, cut, binary, huge, loop, pipe, folder, missing

    /// Puts it in place of a file of a machine.
    func apply(to path: String, of machine: MachineFixture) throws {
        machine.remove(path)
        switch self {
        case .empty: machine.write(path, "")
        case .cut: machine.write(path, "  sl  local_address rem_address   st\n   0: 00000000:0016 0000")
        case .binary: machine.write(path, (0..<4096).map { UInt8($0 & 0xff) })
        case .huge: machine.write(path, [UInt8](repeating: UInt8(ascii: "x"), count: 40 * 1024 * 1024))
        case .loop: machine.link(path, to: path)
        case .pipe:
            try machine.folder("/" + path.split(separator: "/").dropLast().joined(separator: "/"))
            #expect(mkfifo(machine.root + path, 0o644) == 0)
        case .folder: try machine.folder(path)
        case .missing: break
        }
    }
}

/// Files in all the states that nobody wishes for: unknown, and at once.
@Suite struct NetworkHostileInputTests {
    private struct Input: Sendable {
        let path: String
        let signal: SignalName
        /// What is an answer.
        var fine: Set<Badness> = []
    }

    private static let origin = "https://id.example.com"
    private static let inputs = [
        Input(path: "/proc/net/tcp", signal: .listeningServices),
        Input(path: "/proc/net/udp", signal: .listeningServices),
        Input(path: "/proc/net/tcp6", signal: .listeningServices, fine: [.missing]),
        Input(path: "/proc/net/tcp", signal: .sshServer),
        // An empty file of the server's means its defaults, and without one it does not start.
        Input(path: "/etc/ssh/sshd_config", signal: .sshServerSettings, fine: [.empty, .missing]),
        Input(path: "/etc/ssh/sshd_config.d/a.conf", signal: .sshServerSettings, fine: [.empty, .missing]),
        Input(path: "/etc/ufw/ufw.conf", signal: .firewallService, fine: [.missing]),
        Input(path: "/etc/default/ufw", signal: .firewallService),
        Input(path: "/var/lib/dpkg/status", signal: .browsers),
        Input(path: "/etc/opt/chrome/policies/managed/a.json", signal: .browserLoopbackPolicies, fine: [.missing]),
        Input(path: "/etc/firefox/policies/policies.json", signal: .browserLoopbackPolicies, fine: [.missing]),
    ]

    private func machine() throws -> MachineFixture {
        let machine = try MachineFixture()
        for name in ["tcp", "tcp6", "udp", "udp6"] { machine.write("/proc/net/\(name)", "  sl  local_address\n") }
        machine.write("/usr/sbin/sshd", "")
        machine.write("/usr/bin/firefox", "")
        machine.write("/etc/ssh/sshd_config", "Include sshd_config.d/*.conf\n")
        machine.write("/etc/ufw/ufw.conf", "ENABLED=yes\n")
        machine.write("/etc/default/ufw", "DEFAULT_INPUT_POLICY=DROP\n")
        return machine
    }

    private let services = ScriptedUnits(units: ["ufw.service": ("loaded", "active")])

    @Test(arguments: inputs, Badness.allCases)
    private func badFileIsUnknownAndAtOnce(input: Input, badness: Badness) async throws {
        let machine = try machine()
        try badness.apply(to: input.path, of: machine)
        let start = ContinuousClock.now
        let reading = await machine.reading(input.signal, services: services, origins: [Self.origin])
        #expect(ContinuousClock.now - start < .seconds(3))
        if !input.fine.contains(badness) { #expect(reading?.state.isUnknown == true, "\(String(describing: reading))") }
    }

    @Test func goodFilesAreKnown() async throws {
        let machine = try machine()
        machine.write("/var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n\n")
        for signal in Set(Self.inputs.map(\.signal)) {
            let reading = await machine.reading(signal, services: services, origins: [Self.origin])
            #expect(reading?.value != nil, "\(signal): \(String(describing: reading))")
        }
    }

    @Test func filesThatMayNotBeReadAreUnknown() throws {
        let machine = try machine()
        machine.write("/etc/opt/chrome/policies/managed/a.json", "{}")
        for path in ["/proc/net/tcp", "/etc/ssh/sshd_config", "/etc/opt/chrome/policies/managed/a.json"] {
            chmod(machine.root + path, 0)
        }
        var view = machine.system
        view.organizationOrigins = [Self.origin]
        withoutRights {
            #expect(ListeningServicesCollector().find(in: view).state.isUnknown)
            #expect(SSHServerSettingsCollector().find(in: view).state.isUnknown)
            #expect(BrowserLoopbackPoliciesCollector().find(in: view).state.isUnknown)
        }
    }

    /// systemd that gives answers which do not belong there.
    @Test(arguments: [SignalName.firewallService, .usbGuard])
    func serviceThatLiesIsUnknown(signal: SignalName) async throws {
        struct Liar: ServiceReader {
            func answer(to question: ServiceQuestion) -> Result<BusValue, ServiceFailure> {
                .success(.list([.list([.string("usbguard.service")]), .integer(3)]))
            }
        }
        #expect(try await machine().reading(signal, services: Liar())?.state.isUnknown == true)
    }
}
