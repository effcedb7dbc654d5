// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A system bus of a test's own, with the real fwupd on it, with one that python-dbusmock plays, or with none.
final class FirmwareServiceBus {
    static let hasBus = access("/usr/bin/dbus-daemon", X_OK) == 0
    static let hasMock = hasBus && run("/usr/bin/python3", ["-c", "import dbus, dbusmock"]).status == 0
    /// Where Debian and Fedora have fwupd's daemon.
    static let daemon = (["/usr/libexec/fwupd/fwupd", "/usr/lib/fwupd/fwupd"] as [String]).first {
        access($0, X_OK) == 0
    }

    /// The bus's address.
    let address: String
    private let folder: String
    private var processes: [Process] = []

    /// Starts the bus; it could start fwupd, as every machine's can, and would leave a mark.
    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/bus-\(UUID().uuidString)"
        address = "unix:path=\(folder)/bus"
        try FileManager.default.createDirectory(atPath: folder + "/services", withIntermediateDirectories: true)
        let service = """
            [D-BUS Service]
            Name=org.freedesktop.fwupd
            Exec=/usr/bin/touch \(folder)/started
            """
        try service.write(toFile: folder + "/services/fwupd.service", atomically: true, encoding: .utf8)
        let configuration = """
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><listen>\(address)</listen><auth>EXTERNAL</auth><servicedir>\(folder)/services</servicedir>
            <policy context="default"><allow user="*"/><allow own="*"/>
            <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>
            """
        try configuration.write(toFile: folder + "/bus.conf", atomically: true, encoding: .utf8)
        try start("/usr/bin/dbus-daemon", ["--config-file=\(folder)/bus.conf", "--nofork"])
        try wait { access(folder + "/bus", F_OK) == 0 }
    }

    deinit {
        // Not waited for: Foundation collects what ended, and one that was stopped does not end by a request.
        for process in processes.reversed() where process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Whether the bus was made to start fwupd.
    var wasServiceStarted: Bool { access(folder + "/started", F_OK) == 0 }

    /// Plays fwupd with this Host Security ID, and with attributes of it as Python writes them.
    func playService(_ identifier: String, attributes: String = "[]") throws {
        try start(
            "/usr/bin/python3",
            ["-m", "dbusmock", "--system", "org.freedesktop.fwupd", "/", "org.freedesktop.fwupd"])
        try waitForService()
        let script = """
            import dbus
            mock = dbus.Interface(dbus.SystemBus().get_object("org.freedesktop.fwupd", "/"), "org.freedesktop.DBus.Mock")
            mock.AddProperty("org.freedesktop.fwupd", "HostSecurityId", "\(identifier)")
            mock.AddMethod("org.freedesktop.fwupd", "GetHostSecurityAttrs", "", "aa{sv}", "ret = \(attributes)")
            """
        let result = Self.run("/usr/bin/python3", ["-c", script], ["DBUS_SYSTEM_BUS_ADDRESS": address])
        guard result.status == 0 else { throw POSIXError(.EPROTO) }
    }

    /// Starts the real fwupd, which reads the machine's files from a folder.
    func startService(_ daemon: String, machine: String) throws {
        try start(daemon, [], FirmwareTool.environment(machine: machine, state: folder))
        try waitForService()
    }

    /// Stops the last program that was started: it stays on the bus, and answers nothing.
    func stopAnswering() {
        if let process = processes.last { kill(process.processIdentifier, SIGSTOP) }
    }

    private func waitForService() throws {
        try wait {
            Self.run(
                "/usr/bin/dbus-send",
                [
                    "--bus=\(address)", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                    "org.freedesktop.DBus.GetNameOwner",
                    "string:org.freedesktop.fwupd",
                ]
            ).status == 0
        }
    }

    private func start(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "DBUS_SYSTEM_BUS_ADDRESS": address]
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        processes.append(process)
    }

    private func wait(until isTrue: () -> Bool) throws {
        for _ in 0..<500 {
            if isTrue() { return }
            usleep(20_000)
        }
        throw POSIXError(.ETIMEDOUT)
    }

    /// Runs a program to its end.
    static func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:]
    ) -> (status: Int32, output: Data) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return (-1, Data()) }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}

/// fwupd's own tool, over the files of a machine that lie in a folder.
enum FirmwareTool {
    static let path = "/usr/bin/fwupdtool"
    static let isInstalled = access(path, X_OK) == 0

    /// What makes fwupd read a folder in place of the machine.
    static func environment(machine: String, state: String) -> [String: String] {
        [
            "FWUPD_SYSFSFWDIR": machine + "/sys/firmware", "FWUPD_PROCFS": machine + "/proc",
            "FWUPD_SYSFSSECURITYDIR": machine + "/sys/kernel/security", "FWUPD_HOSTFS_ROOT": machine,
            "FWUPD_SYSFSTPMDIR": machine + "/sys/class/tpm", "FWUPD_SYSFSDMIDIR": machine + "/sys/class/dmi/id",
            "FWUPD_MACHINE_KIND": "physical", "FWUPD_LOCALSTATEDIR": state, "STATE_DIRECTORY": state,
            "CACHE_DIRECTORY": state,
        ]
    }

    private struct Report: Decodable {
        struct Attribute: Decodable {
            let id: String
            let result: String?
            enum CodingKeys: String, CodingKey {
                case id = "AppstreamId"
                case result = "HsiResult"
            }
        }
        let attributes: [Attribute]
        enum CodingKeys: String, CodingKey {
            case attributes = "SecurityAttributes"
        }
    }

    /// What it says of each attribute, by the name behind `org.fwupd.hsi.`; an attribute without a verdict is empty.
    static func verdicts(on machine: MachineFixture) throws -> [String: String] {
        let state = machine.root + "/fwupd-state"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        machine.write("/proc/cpuinfo", "")
        machine.write("/proc/meminfo", "MemTotal: 1 kB\n")
        let run = FirmwareServiceBus.run(
            path, ["security", "--force", "--json"], environment(machine: machine.root, state: state))
        let report = try JSONDecoder().decode(Report.self, from: run.output)
        return report.attributes.reduce(into: [:]) {
            $0[String($1.id.dropFirst("org.fwupd.hsi.".count))] = $1.result ?? ""
        }
    }
}
