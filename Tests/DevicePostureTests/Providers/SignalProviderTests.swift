// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DevicePosture

/// Signals that other programs leave in files: each check of a file has a test that misses it.
@Suite struct SignalProviderTests {
    private static let signal = #"{"score": 87}"#
    private static let location = "/var/lib/edr/signal.json"
    private static let manifest =
        #"{"name": "edr", "description": "d", "type": "FILE", "location": "/var/lib/edr/signal.json", "format": "JSON"}"#

    private func machine(manifest: String = manifest, signal: String = signal) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.write("/etc/countersign/signal-providers/edr.json", manifest)
        machine.write(Self.location, signal)
        return machine
    }

    private func report(_ machine: MachineFixture, _ name: String = "edr", trusting owner: UInt32 = getuid())
        -> SignalProviderReport?
    {
        SignalProviderReader(of: machine.system, trusting: owner).read([name]).first
    }

    private func failure(_ machine: MachineFixture, _ name: String = "edr", trusting owner: UInt32 = getuid())
        -> SignalProviderFailure?
    {
        guard case .error(let failure)? = report(machine, name, trusting: owner)?.outcome else { return nil }
        return failure
    }

    private func replace(_ machine: MachineFixture, mode: mode_t) {
        #expect(chmod(machine.root + Self.location, mode) == 0)
    }

    @Test func fileOfTheSuperuserIsRead() throws {
        let report = report(try machine())
        #expect(report?.name == "edr")
        #expect(report?.configuration?.type == "FILE")
        #expect(report?.configuration?.format == "JSON")
        #expect(report?.outcome == .signal(Array(Self.signal.utf8), timeCollected: 1_750_000_000))
    }

    @Test func eachNameHasItsReport() throws {
        let reports = SignalProviderReader(of: try machine().system, trusting: getuid()).read(["edr", "other", "edr"])
        #expect(reports.map(\.name) == ["edr", "other", "edr"])
        #expect(reports[1].outcome == .error(.noConfiguration))
        #expect(reports[1].configuration == nil)
        let many = SignalProviderReader(of: try machine().system).read((0..<100).map(String.init))
        #expect(many.count == SignalProviderReader.mostProviders)
    }

    @Test(arguments: ["", ".", "..", "../edr", "a/b", ".hidden", "ed\0r", String(repeating: "a", count: 65), "é"])
    func nameIsNoPath(name: String) throws {
        let machine = try machine()
        machine.write("/etc/countersign/edr.json", Self.manifest)
        #expect(failure(machine, name) == .noConfiguration)
    }

    @Test func ownerOtherThanTheSuperuserIsRefused() throws {
        let machine = try machine()
        guard getuid() == 0 else {
            #expect(failure(machine, trusting: 0) == .wrongOwner(path: "/etc"))
            return
        }
        chown(machine.root + Self.location, 1000, 0)
        #expect(failure(machine, trusting: 0) == .wrongOwner(path: Self.location))
        chown(machine.root + Self.location, 0, 1000)
        #expect(failure(machine, trusting: 0) == nil)
    }

    @Test func folderOfSomebodyElseIsRefused() throws {
        let machine = try machine()
        guard getuid() == 0 else { return }
        chown(machine.root + "/var/lib/edr", 1000, 0)
        #expect(failure(machine, trusting: 0) == .wrongOwner(path: "/var/lib/edr"))
    }

    @Test(arguments: [0o664, 0o646, 0o666] as [mode_t])
    func fileThatOthersMayWriteIsRefused(mode: mode_t) throws {
        let machine = try machine()
        replace(machine, mode: mode)
        #expect(failure(machine) == .writable(path: Self.location))
    }

    @Test(arguments: [0o775, 0o757, 0o1777] as [mode_t])
    func folderThatOthersMayWriteIsRefused(mode: mode_t) throws {
        let machine = try machine()
        chmod(machine.root + "/var/lib", mode)
        #expect(failure(machine) == .writable(path: "/var/lib"))
    }

    @Test func manifestThatOthersMayWriteIsRefused() throws {
        let machine = try machine()
        chmod(machine.root + "/etc/countersign/signal-providers/edr.json", 0o666)
        #expect(failure(machine) == .writable(path: "/etc/countersign/signal-providers/edr.json"))
        #expect(report(machine)?.configuration == nil)
    }

    @Test func linkIsRefusedWhereverItStands() throws {
        let machine = try machine()
        machine.write("/var/lib/real/signal.json", Self.signal)
        machine.remove(Self.location)
        machine.link(Self.location, to: "../real/signal.json")
        #expect(failure(machine) == .link(path: Self.location))
        machine.remove("/var/lib/edr")
        machine.link("/var/lib/edr", to: "real")
        #expect(failure(machine) == .link(path: "/var/lib/edr"))
    }

    @Test func pipeIsRefusedAtOnce() throws {
        let machine = try machine()
        machine.remove(Self.location)
        #expect(mkfifo(machine.root + Self.location, 0o644) == 0)
        let start = ContinuousClock.now
        #expect(failure(machine) == .notAFile(path: Self.location))
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func folderAndSocketAreRefused() throws {
        let machine = try machine()
        machine.remove(Self.location)
        try machine.folder(Self.location)
        #expect(failure(machine) == .notAFile(path: Self.location))
    }

    @Test func fileIsReadOnlyToItsLimit() throws {
        let limit = SignalProviderReader.limit
        let fits = "\"" + String(repeating: "x", count: limit - 2) + "\""
        #expect(failure(try machine(signal: fits)) == nil)
        #expect(failure(try machine(signal: fits + " ")) == .tooLarge(path: Self.location, limit: limit))
        let machine = try machine(manifest: Self.manifest + String(repeating: " ", count: 20_000))
        guard case .tooLarge? = failure(machine) else {
            Issue.record("a manifest of any length is read")
            return
        }
    }

    @Test(arguments: ["", "{", "no", "{\"a\":1}}", "\u{0}"])
    func fileThatIsNotJSONIsRefused(text: String) throws {
        let expected: SignalProviderFailure =
            text.isEmpty ? .empty(path: Self.location) : .malformed(path: Self.location)
        #expect(failure(try machine(signal: text)) == expected)
    }

    @Test func otherFormsAreNotLookedInto() throws {
        let manifest = Self.manifest.replacingOccurrences(of: "JSON", with: "XML")
        #expect(failure(try machine(manifest: manifest, signal: "<a")) == nil)
    }

    @Test func fileThatIsNotThereIsTold() throws {
        let machine = try machine()
        machine.remove(Self.location)
        #expect(failure(machine) == .unreadable(path: Self.location, .absent))
        #expect(report(machine)?.configuration != nil)
    }

    @Test func fileThatMayNotBeReadIsTold() throws {
        let machine = try machine()
        replace(machine, mode: 0)
        let outcome = withoutRights { report(machine)?.outcome }
        #expect(getuid() != 0 || outcome == .error(.unreadable(path: Self.location, .denied)))
    }

    @Test(
        arguments: [
            "", "{}", "[]", #"{"name": "edr", "type": "FILE", "location": "/x"}"#,
            #"{"name": "other", "type": "FILE", "location": "/x", "format": "JSON"}"#,
            #"{"name": "edr", "type": "HTTP", "location": "/x", "format": "JSON"}"#,
            #"{"name": "edr", "type": "FILE", "location": "x", "format": "JSON"}"#,
            #"{"name": "edr", "type": "FILE", "location": "/x", "format": ""}"#,
            #"{"name": "edr", "type": "FILE", "location": 1, "format": "JSON"}"#,
        ])
    func manifestThatIsNoneIsRefused(text: String) throws {
        guard case .malformed? = failure(try machine(manifest: text)) else {
            Issue.record("taken: \(text)")
            return
        }
    }

    @Test func pathThatClimbsIsRefused() throws {
        let manifest = Self.manifest.replacingOccurrences(of: "/var/lib/edr", with: "/var/lib/other/../edr")
        #expect(failure(try machine(manifest: manifest)) == .notAFile(path: "/var/lib/other/../edr/signal.json"))
    }

    @Test func reasonsAreForAPerson() {
        let all: [SignalProviderFailure] = [
            .noConfiguration, .unreadable(path: "/x", .denied), .link(path: "/x"), .notAFile(path: "/x"),
            .wrongOwner(path: "/x"), .writable(path: "/x"), .tooLarge(path: "/x", limit: 1), .empty(path: "/x"),
            .malformed(path: "/x"),
        ]
        #expect(Set(all.map(\.description)).count == all.count)
    }
}
