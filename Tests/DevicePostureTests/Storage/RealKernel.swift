// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

@testable import DevicePosture

/// Images, mounts and swap spaces of a test's own on the kernel that it runs on, all undone at its end.
final class RealKernel {
    struct Failure: Error {
        let command: String
        let reason: String
    }

    let folder: String
    private var undo: [[String]] = []

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/kernel-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        for command in undo.reversed() { _ = try? Self.run(command) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Why none of this can be done here, or `nil` where it can.
    static func obstacle(programs: [String], files: [String] = []) -> String? {
        if geteuid() != 0 { return "needs root: mounts and swap spaces of the test's own" }
        for program in programs where path(of: program) == nil { return "needs \(program)" }
        for file in files where access(file, F_OK) != 0 { return "the kernel has no \(file)" }
        return access("/dev/loop-control", F_OK) == 0 ? nil : "the kernel has no loop devices"
    }

    static func path(of program: String) -> String? {
        ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    /// What a program prints; it has to end well.
    @discardableResult
    static func run(_ words: [String]) throws -> String {
        guard let program = words.first.flatMap(path(of:)) else {
            throw Failure(command: words[0], reason: "not there")
        }
        let child = ChildProcess(
            program: program, arguments: Array(words.dropFirst()),
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"], timeout: .seconds(60))
        switch child.run() {
        case .success(let bytes): return String(decoding: bytes, as: UTF8.self).trimmed
        case .failure(let failure):
            throw Failure(command: words.joined(separator: " "), reason: failure.predicate)
        }
    }

    /// An image file of zeros, all of its blocks there.
    func image(_ name: String, megabytes: Int, in folder: String? = nil) throws -> String {
        let path = "\(folder ?? self.folder)/\(name)"
        try Self.run(["dd", "if=/dev/zero", "of=\(path)", "bs=1M", "count=\(megabytes)", "status=none"])
        _ = chmod(path, 0o600)
        return path
    }

    /// A sparse file, for a file system that wants room and does not use it.
    func sparseImage(_ name: String, megabytes: Int, in folder: String? = nil) throws -> String {
        let path = "\(folder ?? self.folder)/\(name)"
        try Self.run(["truncate", "--size=\(megabytes)M", path])
        return path
    }

    /// A loop device over a file, by its path below `/dev`.
    func loop(_ file: String) throws -> String {
        let device = try Self.run(["losetup", "--find", "--show", file])
        undo.append(["losetup", "--detach", device])
        return device
    }

    /// A folder where something is mounted.
    func mount(_ source: String, type: String, at name: String, options: String = "rw") throws -> String {
        let point = "\(folder)/\(name)"
        try FileManager.default.createDirectory(atPath: point, withIntermediateDirectories: true)
        try Self.run(["mount", "-t", type, "-o", options, source, point])
        undo.append(["umount", "--lazy", point])
        return point
    }

    /// Switches a swap space on.
    func swap(on path: String) throws {
        try Self.run(["mkswap", path])
        try Self.run(["swapon", path])
        undo.append(["swapoff", path])
    }

    /// A device of compressed memory, by its path below `/dev`.
    func compressedMemory(megabytes: Int) throws -> String {
        let number = try Self.run(["cat", "/sys/class/zram-control/hot_add"])
        undo.append(["sh", "-c", "echo \(number) > /sys/class/zram-control/hot_remove"])
        try Self.run(["sh", "-c", "echo \(megabytes)M > /sys/block/zram\(number)/disksize"])
        return "/dev/zram\(number)"
    }

    /// What the collector sees of this machine now, whatever stands between it and the machine.
    func survey(home: String? = nil, environment: [String: String] = [:]) throws -> VolumeSurvey {
        let view = SystemView(root: "/", environment: environment, home: home, commands: MissingCommands())
        let mounts = try MountTable(parsing: try view.read(MountTable.path, limit: MountTable.limit))
        let swaps = try SwapTable(parsing: try view.read(SwapTable.path))
        return VolumeSurvey(of: view, mounts: mounts, swaps: swaps)
    }
}
