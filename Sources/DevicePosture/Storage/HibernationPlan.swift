// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What becomes of memory when the machine hibernates.
enum HibernationPlan {
    /// It cannot hibernate; with the reason.
    case off(String)
    /// Memory is written here; whether the kernel was told so by name, instead of taking a swap space.
    case writes(Storage, isNamed: Bool)
    /// It cannot be told; with the reason.
    case unknown(String)

    /// Where the kernel lists what kinds of sleep it can.
    static let statePath = "/sys/power/state"
    /// Where the kernel keeps the number of the device that it resumes from.
    static let resumePath = "/sys/power/resume"

    /// The plan of a machine.
    ///
    /// - Parameter swap: what lies below its active swap spaces.
    init(in view: SystemView, tree: BlockDeviceTree, swap: [Storage]) {
        do {
            // The kernel leaves the word out where lockdown or a start argument forbids it, too.
            let states = try view.attributeIfPresent(Self.statePath)?.split(separator: " ").map(String.init)
            guard states?.allSatisfy(["freeze", "standby", "mem", "disk"].contains) ?? true else {
                self = .unknown("\(Self.statePath) is not understood")
                return
            }
            if let states, !states.contains("disk") {
                self = .off("the kernel does not hibernate")
                return
            }
            let line = try KernelCommandLine.read(in: view)
            if line.has("nohibernate") || line.values(of: "hibernate").last == "no" {
                self = .off("the kernel was started so that it does not hibernate")
                return
            }
            if let storage = try Self.named(line, in: view, tree) {
                self = .writes(storage, isNamed: true)
                return
            }
            let lasting = swap.filter { $0.protection != .volatile }
            if !lasting.isEmpty {
                self = .writes(.all(lasting), isNamed: false)
            } else {
                self = .off("there is no swap space that memory could be written to")
            }
            if states == nil, case .writes = self { self = .unknown("\(Self.statePath) is not there") }
        } catch {
            self = .unknown("\(KernelCommandLine.path) or \(Self.statePath) \(error.predicate)")
        }
    }

    /// The device that the kernel was told to resume from, by its own word or else by how it was started.
    private static func named(
        _ line: KernelCommandLine, in view: SystemView, _ tree: BlockDeviceTree
    ) throws(ReadFailure) -> Storage? {
        if let text = try view.attributeIfPresent(resumePath) {
            guard let device = DeviceNumber(text) else { throw .malformed }
            if device.major != 0 { return tree.storage(of: device) }
        }
        guard !line.has("noresume"), let value = line.values(of: "resume").last else { return nil }
        if let device = DeviceNumber(value) { return tree.storage(of: device) }
        guard let path = devicePath(value) else { return nil }
        return tree.source(path)
    }

    /// The path of the device that a `resume=` option names.
    static func devicePath(_ value: String) -> String? {
        let folders = ["UUID": "uuid", "PARTUUID": "partuuid", "LABEL": "label", "PARTLABEL": "partlabel"]
        let parts = value.split(separator: "=", maxSplits: 1)
        if parts.count == 2, let folder = folders[String(parts[0])] { return "/dev/disk/by-\(folder)/\(parts[1])" }
        return value.hasPrefix("/dev/") ? value : nil
    }
}
