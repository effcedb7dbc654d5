// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `osSupportEnd` and `osSupportDaysLeft`: until when the distribution mends this release.
///
/// `SUPPORT_END` of os-release(5), else the table of distro-info-data: the standard window, and Ubuntu's longer one where the
/// machine has it enabled.
struct SupportWindowCollector: SignalCollector {
    let signals: [SignalName] = [.osSupportEnd, .osSupportDaysLeft]
    let mayWait = false

    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        let end = Self.end(in: system)
        var readings: [SignalName: SignalReading] = [:]
        for name in requested {
            var finding = Finding(.unknown(reason: ""), source: end.source, evidence: end.evidence)
            switch end.date {
            case .known(let date):
                let days = date.day - Self.day(of: system.now())
                finding.state = .known(name == .osSupportEnd ? .string(date.description) : .integer(days))
            case .unknown(let reason): finding.state = .unknown(reason: reason)
            case .none(let reason): finding.state = .notApplicable(reason: reason)
            }
            readings[name] = system.reading(of: finding)
        }
        return readings
    }

    /// Where support ends, if it does.
    enum Date: Hashable, Sendable {
        case known(CivilDate)
        case unknown(String)
        case none(String)
    }

    private typealias End = (date: Date, source: String, evidence: [String])

    /// Distributions that have no releases, by their `ID`; others say so with `BUILD_ID=rolling`.
    private static let rolling: Set<String> = [
        "opensuse-tumbleweed", "opensuse-slowroll", "gentoo", "void", "artix", "kali", "solus", "manjaro", "cachyos",
        "chimera",
    ]

    private static func day(of time: Int64) -> Int { Int(time >= 0 ? time / 86400 : (time - 86399) / 86400) }

    private static func end(in system: SystemView) -> End {
        switch OSRelease.read(in: system) {
        case .failure(let failure):
            return (.unknown("\(OSRelease.paths[0]) \(failure.predicate)"), OSRelease.paths[0], [])
        case .success(let (release, path)):
            if let text = release.values["SUPPORT_END"], !text.isEmpty {
                guard let date = CivilDate(text) else { return (.unknown("SUPPORT_END is not a day"), path, []) }
                return (.known(date), path, ["SUPPORT_END: \(date)"])
            }
            guard let id = release.id, !release.values.isEmpty else {
                return (.unknown("\(path) does not tell the distribution"), path, [])
            }
            if release.values["BUILD_ID"] == "rolling" || rolling.contains(id) {
                return (.none("a rolling release has no end of support"), path, [])
            }
            guard id == "debian" || id == "ubuntu" else {
                return (.unknown("the distribution (\(id)) does not tell its end of support on the machine"), path, [])
            }
            return end(of: release, id: id, in: system)
        }
    }

    private static func end(of release: OSRelease, id: String, in system: SystemView) -> End {
        let path = "/usr/share/distro-info/\(id).csv"
        do throws(ReadFailure) {
            guard let table = DistroInfoTable(parsing: try system.read(path, limit: 256 * 1024)) else {
                throw .malformed
            }
            let row = table.row(codename: release.values["VERSION_CODENAME"], version: release.values["VERSION_ID"])
            guard let row else {
                return (.unknown("distro-info-data does not know this release: it is too old, or foreign"), path, [])
            }
            do throws(ReadFailure) {
                return (judge(row, longer: id == "ubuntu" ? try hasESM(in: system) : false), path, evidence(row))
            } catch {
                let reason = "whether Ubuntu Pro is enabled: \(UbuntuProStatus.path) \(error.predicate)"
                return (.unknown(reason), UbuntuProStatus.path, evidence(row))
            }
        } catch ReadFailure.absent {
            return (.unknown("the package distro-info-data, which has the dates, is not installed"), path, [])
        } catch {
            return (.unknown("\(path) \(error.predicate)"), path, [])
        }
    }

    /// When support of a release ends.
    ///
    /// - Parameter longer: whether the machine gets Ubuntu's Expanded Security Maintenance.
    static func judge(_ row: DistroInfoTable.Row, longer: Bool) -> Date {
        guard row["release"] != nil else { return .none("this release is not made yet, or never ends") }
        guard let text = (longer ? row["eol-esm"] : nil) ?? row["eol"] else {
            return .unknown("distro-info-data has no end of support for this release yet")
        }
        guard let date = CivilDate(text) else { return .unknown("distro-info-data names no day: \(text)") }
        return .known(date)
    }

    private static func evidence(_ row: DistroInfoTable.Row) -> [String] {
        ["release", "eol", "eol-lts", "eol-esm"].compactMap { name in row[name].map { "\(name): \($0)" } }
    }

    /// Whether the machine gets Expanded Security Maintenance; what cannot be told is thrown.
    private static func hasESM(in system: SystemView) throws(ReadFailure) -> Bool {
        guard let bytes = try system.readIfPresent(UbuntuProStatus.path, limit: 1 << 20) else { return false }
        guard let status = UbuntuProStatus(parsing: bytes) else { throw .malformed }
        return status.hasInfrastructureUpdates
    }
}
