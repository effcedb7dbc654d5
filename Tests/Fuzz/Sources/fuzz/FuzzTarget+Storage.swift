// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable internal import DevicePosture

extension FuzzTarget {
    /// What ZFS prints, and what administrators write about modules.
    static let storageTargets: [String: Body] = [
        "zfs-datasets": { input in
            guard let datasets = try? ZFSDatasets(parsing: input) else { return }
            expect(datasets.encryption.count <= ZFSDatasets.limit, "datasets are bounded")
        },
        "zfs-pools": { input in
            guard let pools = try? ZFSPools(parsing: input) else { return }
            for pool in pools.pools.values {
                expect(pool.members.allSatisfy { $0.hasPrefix("/") }, "members are absolute paths")
                expect(!pool.members.isEmpty || pool.lacksMember, "a pool has members")
            }
        },
        "module-rules": { input in
            var rules = ModuleRules()
            rules.add(file: input)
            let before = rules.rule(for: "usb-storage")
            rules.add(arguments: KernelCommandLine(parsing: input))
            expect(rules.rule(for: "usb_storage") >= before, "a rule is not taken back")
        },
        "bcachefs-option": { _ = BcachefsOption.isOn(String(decoding: $0, as: UTF8.self)) },
        "resume-argument": { input in
            for value in KernelCommandLine(parsing: input).parameters.compactMap(\.value) {
                if let path = HibernationPlan.devicePath(value) {
                    expect(path.hasPrefix("/dev/"), "a device lies below /dev")
                }
            }
        },
    ]
}
