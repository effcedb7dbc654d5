// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `iommuEnabled`: whether an IOMMU confines what devices read and write in memory.
///
/// Devices are in groups where the kernel drives one. Where all groups are passed through (`iommu=pt`), it confines none of
/// the devices that the kernel trusts, and the signal is "no".
struct IOMMUCollector: SingleSignalCollector {
    static let name = SignalName.iommuEnabled
    static let path = "/sys/kernel/iommu_groups"
    /// The kinds of groups; of them `identity` alone confines nothing.
    private static let kinds: Set<String> = ["DMA", "DMA-FQ", "unmanaged", "blocked", "identity"]
    /// The most groups whose kind is looked at.
    private static let mostGroups = 1024

    func find(in system: SystemView) -> Finding {
        let groups: [String]
        do {
            groups = try system.list(Self.path, limit: Self.mostGroups)
        } catch ReadFailure.absent {
            guard (try? system.exists("/sys/kernel")) == true else {
                return .unknown("/sys is not mounted", source: Self.path)
            }
            return .known(false, source: Self.path, evidence: ["this kernel has no support for an IOMMU"])
        } catch {
            return .unknown(error, at: Self.path)
        }
        do {
            return try judge(groups, in: system)
        } catch {
            return .unknown("the kind of a group \(error.predicate)", source: Self.path)
        }
    }

    private func judge(_ groups: [String], in system: SystemView) throws(ReadFailure) -> Finding {
        guard !groups.isEmpty else {
            return .known(false, source: Self.path, evidence: ["no device is in a group"] + tableEvidence(in: system))
        }
        // Kernels before 5.11 do not tell a group's kind.
        return Self.judge(
            kinds: try groups.map { group throws(ReadFailure) in
                let kind = try system.attributeIfPresent("\(Self.path)/\(group)/type")
                if let kind, !Self.kinds.contains(kind) { throw .malformed }
                return kind
            })
    }

    /// What the kinds of all groups add up to: `DMA` and `DMA-FQ` confine, `identity` does not.
    static func judge(kinds: [String?]) -> Finding {
        let passed = kinds.count { $0 == "identity" }
        let evidence =
            ["\(kinds.count) groups of devices"] + (passed > 0 ? ["\(passed) of them are passed through"] : [])
        return .known(passed < kinds.count, source: path, evidence: evidence)
    }

    private func tableEvidence(in system: SystemView) -> [String] {
        let tables = (try? system.list(TPMSurvey.tablesPath)) ?? []
        guard let table = tables.first(where: { ["DMAR", "IVRS", "IORT"].contains($0) }) else { return [] }
        return ["the firmware announces an IOMMU (\(table)) that the kernel does not use"]
    }
}
