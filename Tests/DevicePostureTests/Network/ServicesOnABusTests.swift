// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Testing

@testable import DevicePosture

/// The questions to systemd, firewalld and USBGuard on a real bus, answered by mock objects.
@Suite(.serialized) struct ServicesOnABusTests {
    static let canRun =
        access("/usr/bin/dbus-daemon", X_OK) == 0
        && ChildProcess(
            program: "/usr/bin/python3", arguments: ["-c", "import dbusmock"], environment: ["PATH": "/usr/bin"],
            timeout: .seconds(20)
        ).run() == .success([])

    /// A bus of its own with services on it, for as long as it lives.
    private final class PrivateBus {
        let address: String
        private let folder = FileManager.default.temporaryDirectory.path + "/bus-\(UUID().uuidString)"

        init(_ services: String) throws {
            address = "unix:path=\(folder)/bus"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let script = """
                import dbusmock, pathlib, sys
                from dbus.bus import BusConnection
                from dbus.mainloop.glib import DBusGMainLoop
                from dbusmock.mockobject import DBusMockObject
                import dbus.service
                from gi.repository import GLib
                DBusGMainLoop(set_as_default=True)
                bus = BusConnection(sys.argv[1])
                def serve(name, path, interface, methods):
                    owned = dbus.service.BusName(name, bus)
                    mock = DBusMockObject(owned, path, interface, {})
                    for method, takes, gives, code in methods:
                        mock.AddMethod(interface, method, takes, gives, code)
                    return mock
                kept = []
                \(services)
                pathlib.Path(sys.argv[2]).touch()
                GLib.MainLoop().run()
                """
            _ = FileManager.default.createFile(atPath: "\(folder)/services.py", contents: Data(script.utf8))
            let start = """
                cd '\(folder)' || exit 1
                dbus-daemon --session --fork --nopidfile --address='\(address)' --print-pid > bus.pid 2> bus.log || exit 1
                python3 services.py '\(address)' ready > services.log 2>&1 < /dev/null &
                echo $! > services.pid
                tries=0
                until [ -e ready ]; do tries=$((tries + 1)); [ $tries -lt 200 ] || exit 1; sleep 0.1; done
                """
            let result = ChildProcess(
                program: "/bin/sh", arguments: ["-c", start], environment: ["PATH": "/usr/bin:/bin"],
                timeout: .seconds(30)
            ).run()
            try #require(result == .success([]))
        }

        deinit {
            for name in ["services.pid", "bus.pid"] {
                let text = FileManager.default.contents(atPath: "\(folder)/\(name)").map {
                    String(decoding: $0, as: UTF8.self)
                }
                if let process = text.flatMap({ Int32($0.filter(\.isNumber)) }) { kill(process, SIGTERM) }
            }
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private static let systemd = #"""
        units = "[(n, '', 'loaded' if n in {LOADED} else 'not-found', 'active' if n in {LOADED} else 'inactive', 'dead', '', \
        dbus.ObjectPath('/u'), 0, '', dbus.ObjectPath('/')) for n in args[0]]"
        kept.append(serve("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                          [("ListUnitsByNames", "as", "a(ssssssouso)", "ret = " + units)]))
        """#

    private func systemd(_ units: String...) -> String {
        let names = "(" + units.map { "'\($0).service', " }.joined() + ")"
        return Self.systemd.replacing("{LOADED}", with: names)
    }

    private static let firewalld = """
        kept.append(serve("org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1", "org.fedoraproject.FirewallD1",
                          [("getDefaultZone", "", "s", "ret = 'trusted'")]))
        """
    private static let usbGuard = """
        kept.append(serve("org.usbguard1", "/org/usbguard1", "org.usbguard1",
                          [("getParameter", "s", "s", "ret = 'allow' if args[0] == 'ImplicitPolicyTarget' else 'block'")]))
        """

    private func value(_ signal: SignalName, _ bus: PrivateBus) async throws -> SignalValue? {
        let machine = try MachineFixture()
        try machine.folder("/usr/bin")
        return await machine.reading(signal, services: BusServiceReader(systemBus: bus.address))?.value
    }

    @Test(.enabled(if: canRun, "needs dbus-daemon and python3-dbusmock"))
    func servicesAreAskedAsTheyAnswer() async throws {
        let services = [
            systemd("firewalld", "usbguard", "ssh", "falcon-sensor", "himmelblaud"), Self.firewalld, Self.usbGuard,
        ]
        let bus = try PrivateBus(services.joined(separator: "\n"))
        #expect(try await value(.firewallService, bus) == .string("firewalld=off"))
        #expect(try await value(.usbGuard, bus) == .boolean(false))
        #expect(try await value(.sshServer, bus) == .boolean(true))
        #expect(try await value(.endpointProtection, bus) == .strings(["crowdstrike=running"]))
        #expect(try await value(.deviceManaged, bus) == .boolean(true))
    }

    @Test(.enabled(if: canRun, "needs dbus-daemon and python3-dbusmock"))
    func systemdAloneAnswersWithoutTheOthers() async throws {
        let bus = try PrivateBus(systemd("usbguard", "nftables"))
        #expect(try await value(.firewallService, bus) == .string("nftables=loaded"))
        #expect(try await value(.usbGuard, bus) == .boolean(true))
        #expect(try await value(.endpointProtection, bus) == .strings([]))
    }
}
