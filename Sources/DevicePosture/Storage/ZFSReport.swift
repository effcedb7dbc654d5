// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What ZFS says of its datasets and pools, or why it says nothing.
struct ZFSReport: Sendable {
    /// The datasets, or why they are not known.
    var datasets: Result<ZFSDatasets, Silence>
    /// The pools, or why they are not known.
    var pools: Result<ZFSPools, Silence>

    /// Why nothing is known; a sentence for a person.
    struct Silence: Error, Hashable, Sendable {
        let reason: String
    }

    /// Nothing was asked, because nothing was there to ask for.
    static let notAsked = ZFSReport(
        datasets: .failure(Silence(reason: "ZFS was not asked")), pools: .failure(Silence(reason: "ZFS was not asked")))

    /// Asks ZFS, both questions at a time.
    init(asking system: SystemView) async {
        async let properties = system.commands.run(.listZFSEncryption, environment: system.environment)
        async let status = system.commands.run(.showZFSPools, environment: system.environment)
        datasets = Self.parsed(await properties, "zfs") { bytes throws(ReadFailure) in try ZFSDatasets(parsing: bytes) }
        pools = Self.parsed(await status, "zpool") { bytes throws(ReadFailure) in try ZFSPools(parsing: bytes) }
    }

    /// These answers.
    init(datasets: Result<ZFSDatasets, Silence>, pools: Result<ZFSPools, Silence>) {
        self.datasets = datasets
        self.pools = pools
    }

    private static func parsed<Value>(
        _ answer: Result<[UInt8], CommandFailure>, _ program: String,
        _ parse: ([UInt8]) throws(ReadFailure) -> Value
    ) -> Result<Value, Silence> {
        do {
            switch answer {
            case .success(let bytes): return .success(try parse(bytes))
            case .failure(let failure): return .failure(Silence(reason: "\(program) \(failure.predicate)"))
            }
        } catch {
            return .failure(Silence(reason: "what \(program) prints \(error.predicate)"))
        }
    }

    /// What lies below a dataset: its own encryption, or the disks of its pool.
    func storage(of dataset: String, in tree: BlockDeviceTree, depth: Int) -> Storage {
        var storage = below(dataset, in: tree, depth: depth)
        storage.layers.insert("zfs", at: 0)
        switch datasets {
        case .success(let datasets):
            switch datasets.encryption[dataset] {
            case .some(true):
                storage.protection = .encrypted
                storage.formats = ["ZFS"]
            case .some(false): break
            case nil: Self.doubt(&storage, "zfs does not say whether it is encrypted")
            }
        case .failure(let silence):
            Self.doubt(&storage, silence.reason)
        }
        return storage
    }

    /// What lies below a volume of ZFS, such as `zd16`, whose dataset is found by udev's links.
    func storage(ofVolumeDevice name: String, in tree: BlockDeviceTree, depth: Int) -> Storage {
        let names = (try? datasets.get())?.encryption.keys.sorted() ?? []
        let dataset = names.first { (try? tree.system.canonical("/dev/zvol/\($0)")) == "/dev/\(name)" }
        guard let dataset else { return .unknown("what lies below \(name) is not seen") }
        return storage(of: dataset, in: tree, depth: depth)
    }

    /// The disks of a dataset's pool.
    private func below(_ dataset: String, in tree: BlockDeviceTree, depth: Int) -> Storage {
        guard depth < BlockDeviceTree.maximumDepth else { return .unknown("its devices are nested too deeply") }
        let name = dataset.split(separator: "/").first.map(String.init) ?? dataset
        switch pools {
        case .failure(let silence): return .unknown(silence.reason)
        case .success(let pools):
            guard let pool = pools.pools[name] else { return .unknown("zpool does not show its pool") }
            var parts = pool.members.map { member -> Storage in
                if member.hasPrefix("/dev/") { return tree.source(member, depth + 1) }
                guard let mount = tree.mounts.mount(holding: member) else {
                    return .unknown("the file of a pool is not seen")
                }
                return tree.storage(of: mount, depth: depth + 1)
            }
            if pool.lacksMember { parts.append(.unknown("a disk of its pool is missing")) }
            return .all(parts)
        }
    }

    /// Only the disks below can still tell that it is encrypted; that they do not is no "no".
    private static func doubt(_ storage: inout Storage, _ reason: String) {
        if storage.protection != .encrypted { storage.protection = .unknown(reason) }
    }
}
