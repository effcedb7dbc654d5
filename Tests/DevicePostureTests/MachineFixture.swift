// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import MessageBus

@testable import DevicePosture

/// A machine as files in a temporary folder, laid out as the kernel lays out `/sys`, `/proc` and `/dev`.
final class MachineFixture {
    let root: String
    var environment: [String: String] = [:]
    var home: String? = "/home/alice"
    var architecture = SystemView.Architecture.x86
    var commands: any CommandRunner = MissingCommands()
    /// The person; whoever runs the tests where none is given.
    var userID: UInt32?
    /// What the person may not read.
    var closedPaths: Set<String> = []
    /// The load and active states of systemd's units; `nil` on a machine that systemd does not tell of.
    var units: [String: (load: String, active: String)]?
    /// The time on the machine, in seconds since 1970 UTC.
    var now: Int64 = 1_750_000_000
    /// What services answer; one that is not here does not run.
    var answers: [ServiceQuestion: Result<BusValue, ServiceFailure>] = [:]
    private var mountLines: [String] = []
    private var swapLines: [String] = []
    /// The folders of the block devices in sysfs, by the kernel's names.
    private(set) var paths: [String: String] = [:]

    init() throws {
        root = FileManager.default.temporaryDirectory.path + "/machine-\(UUID().uuidString)"
        try folder("/home/alice")
        try folder("/sys/kernel")
        write("/proc/sys/kernel/osrelease", "6.1.0-27-amd64\n")
        write("/proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda2 ro quiet\n")
        write("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n")
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    var system: SystemView {
        let now = now
        var view = SystemView(
            root: root, environment: environment, userID: userID, home: home, architecture: architecture, now: { now },
            commands: commands)
        view.services = FixedServices(answers: answers, units: units)
        view.closedPaths = closedPaths
        return view
    }

    // MARK: Files

    func folder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: root + path, withIntermediateDirectories: true)
    }

    func write(_ path: String, _ bytes: [UInt8]) {
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        try? folder("/" + parent)
        _ = FileManager.default.createFile(atPath: root + path, contents: Data(bytes))
    }

    func write(_ path: String, _ text: String) { write(path, Array(text.utf8)) }

    func remove(_ path: String) { try? FileManager.default.removeItem(atPath: root + path) }

    /// A symbolic link with the target as it is given.
    func link(_ path: String, to target: String) {
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        try? folder("/" + parent)
        try? FileManager.default.createSymbolicLink(atPath: root + path, withDestinationPath: target)
    }

    /// A relative symbolic link, as sysfs has them.
    private func relativeLink(_ path: String, to target: String) {
        let up = Array(repeating: "..", count: path.split(separator: "/").count - 1).joined(separator: "/")
        link(path, to: up + target)
    }

    // MARK: Block devices

    private func device(_ name: String, _ number: String, at path: String) {
        paths[name] = path
        write("\(path)/dev", number + "\n")
        write("\(path)/size", "2097152\n")
        write("\(path)/ro", "0\n")
        relativeLink("/sys/dev/block/\(number)", to: path)
        relativeLink("/sys/class/block/\(name)", to: path)
        write("/dev/\(name)", "")
    }

    private func wholeDevice(_ name: String, _ number: String, at path: String, removable: Bool = false) {
        device(name, number, at: path)
        try? folder("\(path)/slaves")
        try? folder("\(path)/holders")
        write("\(path)/removable", removable ? "1\n" : "0\n")
        relativeLink("/sys/block/\(name)", to: path)
    }

    func disk(_ name: String, _ number: String, usb: Bool = false, removable: Bool = false) {
        let bus =
            usb
            ? "0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0" : "0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"
        wholeDevice(name, number, at: "/sys/devices/pci0000:00/\(bus)/block/\(name)", removable: removable)
    }

    func partition(_ name: String, _ number: String, of disk: String) {
        let path = "\(paths[disk] ?? "")/\(name)"
        device(name, number, at: path)
        try? folder("\(path)/holders")
        write("\(path)/partition", "1\n")
    }

    /// A device that rests on others: md, device-mapper.
    func stacked(_ name: String, _ number: String, on below: [String]) {
        let path = "/sys/devices/virtual/block/\(name)"
        wholeDevice(name, number, at: path)
        for slave in below { relativeLink("\(path)/slaves/\(slave)", to: paths[slave] ?? "/missing") }
        for slave in below { relativeLink("\(paths[slave] ?? "")/holders/\(name)", to: path) }
    }

    func mapped(_ name: String, _ number: String, label: String, uuid: String, on below: [String]) {
        stacked(name, number, on: below)
        let path = "/sys/devices/virtual/block/\(name)/dm"
        write("\(path)/name", label + "\n")
        write("\(path)/uuid", uuid + "\n")
        link("/dev/mapper/\(label)", to: "../\(name)")
    }

    func loop(_ name: String, _ number: String, file: String) {
        wholeDevice(name, number, at: "/sys/devices/virtual/block/\(name)")
        write("/sys/devices/virtual/block/\(name)/loop/backing_file", file + "\n")
    }

    func btrfs(_ uuid: String, members: [String]) {
        for member in members {
            relativeLink("/sys/fs/btrfs/\(uuid)/devices/\(member)", to: paths[member] ?? "/missing")
        }
        try? folder("/sys/fs/btrfs/features")
    }

    // MARK: Mounts

    func mount(
        _ point: String, _ number: String, _ type: String, _ source: String, options: String = "rw", root: String = "/",
        mountOptions: String = "rw,relatime"
    ) {
        mountLines.append(
            "\(mountLines.count + 22) 1 \(number) \(root) \(point) \(mountOptions) shared:1 - \(type) \(source) \(options)"
        )
        write("/proc/self/mountinfo", mountLines.joined(separator: "\n") + "\n")
    }

    func swap(_ path: String, _ type: String = "partition") {
        swapLines.append("\(path)\t\(type)\t\t8388604\t0\t-2")
        write("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n" + swapLines.joined(separator: "\n") + "\n")
    }

    // MARK: Processes

    func process(_ id: Int, _ arguments: [String]) {
        write("/proc/\(id)/cmdline", arguments.joined(separator: "\0") + "\0")
    }

    /// What is read of one signal.
    func reading(_ name: SignalName) async -> SignalReading? {
        await PostureCollector(system: system).snapshot(of: [name])[name]
    }

    /// What one collector says of its one signal.
    func state(_ name: SignalName) async -> SignalState? {
        await PostureCollector(system: system).snapshot(of: [name])[name]?.state
    }
}

/// A machine without any of the commands.
struct MissingCommands: CommandRunner {
    func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        .failure(.notInstalled)
    }
}

/// Services that answer what they were given.
struct FixedServices: ServiceReader {
    var answers: [ServiceQuestion: Result<BusValue, ServiceFailure>]
    var units: [String: (load: String, active: String)]?

    func answer(to question: ServiceQuestion) -> Result<BusValue, ServiceFailure> {
        if let units { return ScriptedUnits(units: units, others: answers).answer(to: question) }
        return answers[question] ?? .failure(.notRunning)
    }
}

extension SignalState {
    var value: SignalValue? { if case .known(let value) = self { value } else { nil } }
    var isUnknown: Bool { if case .unknown = self { true } else { false } }
    var isNotApplicable: Bool { if case .notApplicable = self { true } else { false } }
}
