// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

@testable import DevicePosture

/// A message bus of a test's own, with services of python-dbusmock on it, behind the real libraries.
final class PrivateBus {
    static let isInstalled =
        Tool.areInstalled("/usr/bin/dbus-daemon", "/usr/bin/python3")
        && (try? Tool.run("/usr/bin/python3", ["-c", "import dbus, dbusmock"])) != nil

    /// The bus.
    let address: String
    private let folder: String

    /// Starts the bus and the services that a script makes with `service`, which stands for `dbusmock.DBusTestCase.spawn_server`.
    init(_ script: String) throws {
        folder = FileManager.default.temporaryDirectory.path + "/bus-\(UUID().uuidString.prefix(8))"
        address = "unix:path=\(folder)/bus"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let configuration = """
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>system</type><listen>\(address)</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow user="*"/><allow own="*"/>
            <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>
            """
        let program = """
            import os, subprocess, sys
            import dbus, dbusmock
            processes = []
            def service(name, path, interface):
                process = dbusmock.DBusTestCase.spawn_server(name, path, interface, system_bus=True, stdout=subprocess.DEVNULL)
                processes.append(process)
                open("pids", "a").write(f"{process.pid}\\n")
                return dbus.Interface(dbus.SystemBus().get_object(name, path), dbusmock.MOCK_IFACE)
            \(script)
            # They go on without this program.
            os._exit(0)
            """
        try Self.write(configuration, folder + "/bus.conf")
        try Self.write(program, folder + "/services.py")
        let status = system(
            """
            cd '\(folder)' && dbus-daemon --config-file=bus.conf --fork --print-pid > bus.pid 2> bus.log || exit 1
            DBUS_SYSTEM_BUS_ADDRESS='\(address)' timeout 20 /usr/bin/python3 services.py > services.log 2>&1 < /dev/null
            """)
        guard status == 0 else {
            let log = (try? String(contentsOfFile: folder + "/services.log", encoding: .utf8)) ?? ""
            stop()
            throw StartFailure(log: log)
        }
    }

    /// What the services' program said.
    struct StartFailure: Error { var log: String }

    deinit { stop() }

    /// A machine that asks on this bus.
    func view(of machine: MachineFixture) -> SystemView {
        var view = machine.system
        view.services = BusServiceReader(systemBus: address)
        return view
    }

    private static func write(_ text: String, _ path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func stop() {
        for name in ["pids", "bus.pid"] {
            let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n") {
                if let process = Int32(line), process > 1 { kill(process, SIGTERM) }
            }
        }
        try? FileManager.default.removeItem(atPath: folder)
    }
}
