// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

@testable internal import DevicePosture

extension FuzzTarget {
    /// What package managers, kernels and firmware leave in files.
    static let operatingSystemTargets: [String: Body] = [
        "dpkg-status": { input in
            guard let installed = try? InstalledPackages(parsing: input) else { return }
            expect(installed.count > 0, "what is no package is refused")
            // A list that holds what is installed has no update for it.
            let updates = AptUpdates(installed: installed, list: [input[...]], architecture: "amd64")
            for name in updates?.pending ?? [] { expect(name.contains(":"), "a package has an architecture") }
        },
        "apt-list": { input in
            let status = "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2.3-4\n\n"
            guard let installed = try? InstalledPackages(parsing: Array(status.utf8)),
                let updates = AptUpdates(installed: installed, list: [input[...]], architecture: "amd64")
            else { return }
            let pieces = stride(from: 0, to: input.count, by: 7).map { input[$0..<min($0 + 7, input.count)] }
            expect(
                AptUpdates(installed: installed, list: pieces, architecture: "amd64") == updates,
                "it does not matter how the text is divided")
            expect(updates.pending.isSubset(of: ["a:amd64"]), "only what is installed is pending")
            expect(updates.held.isSubset(of: updates.pending), "what is held back is pending")
        },
        "apt-release": { input in
            guard let release = AptRelease(parsing: input) else { return }
            _ = release.isSecurity
            _ = release.releases
            _ = release.fields["Date"].flatMap { MailDate.parse($0) }
        },
        "apt-conf": { input in
            var configuration = AptConfiguration()
            guard configuration.add(input) else { return }
            let finding = AutomaticUpdatesCollector.judge(configuration, isInstalled: true, hasTimer: true)
            expect(!finding.evidence.isEmpty || finding.state != .known(.boolean(false)), "a no has a reason")
        },
        "package-version": { input in
            let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let left = PackageVersion(parts[0]), let right = PackageVersion(parts[1]) else {
                return
            }
            expect([left < right, right < left, left == right].filter { $0 }.count == 1, "versions are ordered")
        },
        "kernel-release": { input in
            let parts = String(decoding: input, as: UTF8.self).split(separator: "\n")
            let releases = parts.prefix(8).compactMap { KernelRelease($0) }
            for release in releases {
                expect(release.compared(to: release) == 0, "a release is as new as itself")
                let survey = RebootPendingCollector.judge(release, among: InstalledKernels(releases))
                expect(survey.newest.state != .known(.string("")), "a kernel has a name")
            }
        },
        "distro-info": { input in
            guard let table = DistroInfoTable(parsing: input) else { return }
            for name in ["bookworm", "noble", ""] {
                guard let row = table.row(codename: name, version: "12") else { continue }
                _ = SupportWindowCollector.judge(row, longer: false)
                _ = SupportWindowCollector.judge(row, longer: true)
            }
        },
        "ubuntu-pro": { _ = UbuntuProStatus(parsing: $0)?.hasInfrastructureUpdates },
        "civil-date": { input in
            guard let date = CivilDate(String(decoding: input, as: UTF8.self)) else { return }
            expect(date.description.utf8.count == 10 && date.day >= 0, "a day is written in ten characters")
        },
        "boot-entry": { _ = OSTreeReboot.Entry(parsing: String(decoding: $0, as: UTF8.self)) },
        "ini-settings": { _ = INISettings(parsing: $0)?["commands", "apply_updates"] },
        "rpm-updates": { input in
            for answer in [DnfUpdates.json(input), DnfUpdates.lines(input), ZypperUpdates.patches(input)] {
                guard let answer else { continue }
                expect(answer.count == answer.names.count, "each name counts once")
            }
        },
        "machine-id": { input in
            guard let id = DeviceIDCollector.parse(String(decoding: input, as: UTF8.self)) else { return }
            expect(id.count == 16, "a machine-id has 16 bytes")
            _ = HardwareIdentityCollector.parseUUID(input)
            _ = HardwareIdentityCollector.parseSerial(input)
        },
    ]
}
