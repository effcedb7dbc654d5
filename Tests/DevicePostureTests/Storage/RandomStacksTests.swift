// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Testing

@testable import DevicePosture

/// Random stacks of devices against an oracle that knows the stack and nothing of sysfs.
///
/// The oracle asks what can be reached from a volume without passing encryption, one step at a time; the collector goes down
/// recursively and puts parts together. They share no code.
@Suite struct RandomStacksTests {
    @Test(arguments: 0..<60 as Range<UInt64>)
    func volumeIsEncryptedExactlyIfNoDiskIsReachedWithoutPassingEncryption(seed: UInt64) async throws {
        var random = SplitMix(state: seed)
        let stack = RandomStack(&random)
        let machine = try MachineFixture()
        stack.build(machine)
        let table = try MountTable(parsing: try machine.system.read(MountTable.path))
        let tree = BlockDeviceTree(system: machine.system, mounts: table)
        for index in stack.layers.indices {
            let mount = try #require(table.mounts.first { $0.mountPoint == "/m\(index)" })
            let found = tree.storage(of: mount)
            switch stack.verdict(of: index) {
            case .encrypted: #expect(found.protection == .encrypted, "\(stack) m\(index)")
            case .plain: #expect(found.protection == .plain, "\(stack) m\(index)")
            case .unknown: #expect(SignalState.isUnknown(found.protection), "\(stack) m\(index): \(found.protection)")
            }
            #expect(
                found.isExternal == stack.disks(below: index).allSatisfy { stack.layers[$0].kind == .usb },
                "\(stack) m\(index)")
        }
    }

    @Test func allVerdictsOccur() {
        var counts: [RandomStack.Verdict: Int] = [:]
        for seed in 0..<60 as Range<UInt64> {
            var random = SplitMix(state: seed)
            let stack = RandomStack(&random)
            for index in stack.layers.indices {
                counts[stack.verdict(of: index), default: 0] += 1
            }
        }
        for verdict in [RandomStack.Verdict.encrypted, .plain, .unknown] { #expect(counts[verdict, default: 0] > 15) }
    }
}

extension SignalState {
    fileprivate static func isUnknown(_ protection: Protection) -> Bool {
        if case .unknown = protection { true } else { false }
    }
}

/// A generator that gives the same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 15)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// Devices on devices, the first ones disks; each rests on earlier ones, and has a file system at `/m` and its number.
struct RandomStack {
    enum Kind: CaseIterable, Hashable {
        case disk, usb, partition, luks1, luks2, plainCrypt, verity, volume, raid, multipath, odd, bcache, loop, btrfs
    }

    enum Verdict: Hashable {
        case encrypted, plain, unknown
    }

    struct Layer {
        let kind: Kind
        /// The numbers of the layers that it rests on.
        let below: [Int]
    }

    private(set) var layers: [Layer] = []

    init(_ random: inout SplitMix) {
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            layers.append(Layer(kind: Bool.random(using: &random) ? .disk : .usb, below: []))
        }
        let above = Kind.allCases.filter { $0 != .disk && $0 != .usb }
        for _ in 0..<Int.random(in: 3...10, using: &random) {
            let kind = above.randomElement(using: &random) ?? .luks2
            guard let below = bases(for: kind, &random) else { continue }
            layers.append(Layer(kind: kind, below: below))
        }
    }

    /// What a new layer of a kind rests on; a btrfs is no device, and a partition needs a whole one.
    private func bases(for kind: Kind, _ random: inout SplitMix) -> [Int]? {
        if kind == .loop { return [Int.random(in: layers.indices, using: &random)] }
        let devices = layers.indices.filter { layers[$0].kind != .btrfs }
        let whole = devices.filter { [.disk, .usb, .raid, .loop].contains(layers[$0].kind) }
        switch kind {
        case .partition: return whole.randomElement(using: &random).map { [$0] }
        case .btrfs:
            // A device is a member of one at most.
            let taken = Set(layers.filter { $0.kind == .btrfs }.flatMap(\.below))
            let free = devices.filter { !taken.contains($0) }.shuffled(using: &random)
            return free.isEmpty ? nil : Array(free.prefix(Int.random(in: 1...3, using: &random)))
        case .volume, .raid, .multipath, .bcache:
            return Array(devices.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
        default: return devices.randomElement(using: &random).map { [$0] }
        }
    }

    // MARK: - The oracle

    private static let encrypting: Set<Kind> = [.luks1, .luks2, .plainCrypt]

    /// Steps from layer to layer until nothing new is reached; encryption is not passed.
    func verdict(of start: Int) -> Verdict {
        var reached: Set<Int> = []
        var open = [start]
        var isOdd = false
        while let index = open.popLast() {
            guard reached.insert(index).inserted, !Self.encrypting.contains(layers[index].kind) else { continue }
            switch layers[index].kind {
            case .disk, .usb: return .plain
            case .odd:
                // What it does is not known; on encrypted storage that does not matter.
                if layers[index].below.contains(where: { verdict(of: $0) != .encrypted }) { isOdd = true }
            default: open += layers[index].below
            }
        }
        return isOdd ? .unknown : .encrypted
    }

    func disks(below start: Int) -> Set<Int> {
        var all: Set<Int> = []
        var open = [start]
        while let index = open.popLast() {
            guard all.insert(index).inserted else { continue }
            open += layers[index].below
        }
        return all.filter { [.disk, .usb].contains(layers[$0].kind) }
    }

    // MARK: - The machine

    func name(_ index: Int) -> String {
        switch layers[index].kind {
        case .disk, .usb: "sd\(Character(UnicodeScalar(UInt8(97 + index))))"
        case .partition: "\(name(layers[index].below[0]))p\(index)"
        case .luks1, .luks2, .plainCrypt, .verity, .volume, .multipath, .odd: "dm-\(index)"
        case .raid: "md\(index)"
        case .bcache: "bcache\(index)"
        case .loop: "loop\(index)"
        case .btrfs: "btrfs\(index)"
        }
    }

    func build(_ machine: MachineFixture) {
        for (index, layer) in layers.enumerated() {
            let names = layer.below.map { name($0) }
            let number = "240:\(index)"
            let uuid: [Kind: String] = [
                .luks1: "CRYPT-LUKS1-ab-x", .luks2: "CRYPT-LUKS2-ab-x", .plainCrypt: "CRYPT-PLAIN-x",
                .verity: "CRYPT-VERITY-ab-x", .volume: "LVM-abcdef", .multipath: "mpath-36005", .odd: "ODD-1",
            ]
            switch layer.kind {
            case .disk: machine.disk(name(index), number)
            case .usb: machine.disk(name(index), number, usb: true)
            case .partition: machine.partition(name(index), number, of: names[0])
            case .raid: machine.stacked(name(index), number, on: names)
            case .bcache: machine.bcache(name(index), number, on: names[0], caches: Array(names.dropFirst()))
            case .loop: machine.loop(name(index), number, file: "/m\(layer.below[0])/image")
            case .btrfs: machine.btrfs("uuid-\(index)", members: names)
            default:
                machine.mapped(name(index), number, label: "label\(index)", uuid: uuid[layer.kind] ?? "", on: names)
            }
            if layer.kind == .btrfs {
                machine.mount("/m\(index)", "0:\(100 + index)", "btrfs", "/dev/\(names[0])")
            } else {
                machine.mount("/m\(index)", number, "ext4", "/dev/\(name(index))")
            }
        }
    }
}
