// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

@testable internal import DevicePosture

extension FuzzTarget {
    /// What the kernel, services and package managers say of network and software, and what administrators wrote.
    static let networkTargets: [String: Body] = [
        "nftables": { input in
            guard let ruleset = NftablesRuleset(parsing: input) else { return }
            let narrow = FirewallVerdict(judging: ruleset, interfaces: ["eth0"], hasIPv6: false)
            let wide = FirewallVerdict(judging: ruleset, interfaces: ["eth0", "wlan0"], hasIPv6: true)
            expect(wide.isOn != true || narrow.isOn == true, "what keeps out more keeps out less")
            expect(wide.isOn != nil || wide.reason != nil, "what is undecided has a reason")
        },
        "firewall-files": { input in
            _ = FirewallFiles.assignments(input)
            _ = FirewalldZone(parsing: input)?.opensNearlyAllPorts
            _ = FirewallFiles.isZoneName(String(decoding: input, as: UTF8.self))
        },
        "listening-sockets": { input in
            for transport in ["tcp", "udp"] {
                guard let table = ListeningSockets(parsing: input, transport: transport) else { continue }
                for socket in table.sockets {
                    expect([4, 16].contains(socket.address.count), "an address has 4 or 16 bytes")
                    expect(socket.description.utf8.count < 64, "a socket is a short text")
                }
            }
        },
        "sshd-config": { input in
            guard let file = SSHConfigurationFile(parsing: input) else { return }
            var settings = SSHServerSettings()
            // A file that includes itself ends.
            try? settings.add(file) { _ throws(ReadFailure) in [file] }
            settings = SSHServerSettings()
            try? settings.add(file) { _ throws(ReadFailure) in [] }
            expect(settings.entries.count >= SSHServerSettings.keywords.count, "each setting has a value")
        },
        "package-versions": { input in
            let wanted = Set(BrowserPackage.all.flatMap(\.packages))
            let text = String(decoding: input, as: UTF8.self)
            let found = [
                (try? InstalledPackages(parsing: input)).map { PackageVersions.dpkg($0, among: wanted) } ?? [:],
                PackageVersions.rpm(input, among: wanted) ?? [:],
                PackageVersions.pacman([text], among: wanted),
            ]
            for versions in found {
                expect(versions.keys.allSatisfy(wanted.contains), "only what is looked for is found")
                expect(versions.values.allSatisfy { (1...64).contains($0.utf8.count) }, "a version is a short text")
            }
            _ = PackageVersions.snap(input)
            _ = PackageVersions.appStream(input)
        },
        "browser-policies": { input in
            guard let document = JSONValue(parsing: input), let origin = WebOrigin("https://id.example.com:8443") else {
                return
            }
            _ = LoopbackPolicies.chromium(merging: [document, document])?.state(of: origin)
            _ = LoopbackPolicies.firefox(in: document)?.state(of: origin)
        },
        "web-origin": { input in
            let text = String(decoding: input, as: UTF8.self)
            guard let origin = WebOrigin(text) else { return }
            expect(origin.matches(contentPattern: "*"), "a star takes every origin in")
            _ = origin.matches(contentPattern: text)
            _ = origin.matches(firefoxDomain: text)
        },
        "product-health": { input in
            _ = HealthReport(defender: input)
            _ = ClamAVDatabase(parsing: input)
        },
        "provider-manifest": { input in
            guard let manifest = SignalProviderManifest(parsing: input) else { return }
            expect(!manifest.name.contains("/") && !manifest.name.hasPrefix("."), "a name is no path")
            expect(manifest.location.hasPrefix("/"), "a location is absolute")
        },
    ]
}
