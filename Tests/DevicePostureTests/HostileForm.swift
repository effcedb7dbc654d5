// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import DevicePosture

/// What may stand in the place of a file that a collector reads.
enum HostileForm: String, CaseIterable, Sendable {
    /// Nothing.
    case missing
    /// A file without a byte in it.
    case empty
    /// A file that this user may not read.
    case unreadable
    /// The first half of the file.
    case truncated
    /// A gibibyte.
    case huge
    /// Bytes that are no text.
    case binary
    /// A symbolic link to itself.
    case linkLoop
    /// A pipe that nobody writes to.
    case pipe
    /// A folder.
    case folder

    /// Those that leave nothing of the file's text behind, so that nothing can be known of it.
    static var unusable: [HostileForm] { [.unreadable, .huge, .linkLoop, .pipe, .folder] }

    /// Whether it can be made by this user: nothing is unreadable for the superuser.
    var isPossible: Bool { self != .unreadable || geteuid() != 0 }
}

extension MachineFixture {
    /// Puts one of the forms into the place of a file.
    func put(_ form: HostileForm, at path: String, insteadOf bytes: [UInt8]) {
        let place = root + path
        remove(path)
        switch form {
        case .missing: break
        case .empty: write(path, "")
        case .unreadable:
            write(path, bytes)
            chmod(place, 0)
        case .truncated: write(path, Array(bytes.prefix(bytes.count / 2)))
        case .huge:
            write(path, bytes)
            truncate(place, 1 << 30)
        case .binary: write(path, (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3 | 0x80) })
        case .linkLoop: symlink(String(path.split(separator: "/").last ?? ""), place)
        case .pipe: mkfifo(place, 0o644)
        case .folder: try? folder(path)
        }
    }

    /// All plain files of the machine, as paths below its root.
    func files() throws -> [String] {
        var found: [String] = []
        var folders = [""]
        while let folder = folders.popLast() {
            for name in try system.list(folder.isEmpty ? "/" : folder) {
                var status = stat()
                let path = "\(folder)/\(name)"
                guard lstat(root + path, &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: folders.append(path)
                case S_IFREG: found.append(path)
                default: break
                }
            }
        }
        return found.sorted()
    }
}

/// Every command does the same, however it is called.
struct HostileCommands: CommandRunner {
    /// What a command may do.
    enum Behaviour: String, CaseIterable, Sendable {
        case isMissing, hangs, floods, fails, saysNothing, saysNonsense, saysBytes
    }

    var behaviour: Behaviour

    func run(_ command: Command, environment: [String: String]) async -> Result<[UInt8], CommandFailure> {
        switch behaviour {
        case .isMissing: .failure(.notInstalled)
        case .hangs: .failure(.timedOut)
        case .floods: .failure(.tooMuchOutput)
        case .fails: .failure(.ended(status: 1))
        case .saysNothing: .success([])
        case .saysNonsense: .success(Array(String(repeating: "no such thing: 0 false [] {} \n", count: 500).utf8))
        case .saysBytes: .success((0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 131) })
        }
    }
}
