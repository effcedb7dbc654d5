// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import AuthenticatorAgent
internal import DeviceKeys
internal import DevicePosture
internal import Glibc
internal import SupportReports
internal import WireProtocol

/// What a report must not have in it, of this person, this device and its enrolments.
struct ReportWords {
    private(set) var all: [(word: String, replacement: String)] = []

    init(environment: [String: String], enrollments: [Enrollment], configuration: AgentConfiguration) {
        addPerson(environment)
        addDevice()
        var number = 0
        func organization(_ addresses: [String], _ name: String?) {
            number += 1
            for address in addresses {
                add(address, "(organisation \(number))")
                if let host = Origin(ofURL: address)?.host, host != "localhost", host != "127.0.0.1", host != "[::1]" {
                    add(host, "(organisation \(number))")
                }
            }
            if let name { add(name, "(organisation \(number))") }
        }
        for enrollment in enrollments {
            organization(
                [enrollment.issuer] + enrollment.pinned.allowedOrigins.map(\.description), enrollment.organizationName)
            add(enrollment.username, "(account)")
            for id in [
                enrollment.id, enrollment.methodID, enrollment.organizationID, enrollment.userID, enrollment.deviceID,
                enrollment.clientInstanceID,
            ] { add(id, "(id)") }
            for key in enrollment.keys { add(key.id, "(key)") }
            for name in enrollment.keyNames.values { add(name, "(key)") }
        }
        for entry in configuration.organizations {
            organization([entry.address], entry.name)
            if let user = entry.user { add(user, "(account)") }
        }
        for address in configuration.customChecks?.organizations ?? [] { organization([address], nil) }
    }

    private mutating func add(_ word: String, _ replacement: String) {
        // These tell nothing, and texts are full of them.
        guard !["root", "localhost", "debian", "ubuntu", "fedora", "linux"].contains(word.lowercased()) else { return }
        all.append((word, replacement))
    }

    private mutating func addPerson(_ environment: [String: String]) {
        if let home = environment["HOME"], home.count > 1 { add(home, "~") }
        for name in ["USER", "LOGNAME"] { if let login = environment[name] { add(login, "(user)") } }
        guard let entry = getpwuid(geteuid()) else { return }
        if let login = entry.pointee.pw_name { add(String(cString: login), "(user)") }
        if let home = entry.pointee.pw_dir, String(cString: home).count > 1 { add(String(cString: home), "~") }
        guard let comment = entry.pointee.pw_gecos else { return }
        let fields = String(cString: comment).split(separator: ",").map(String.init)
        for field in fields { add(field, "(person)") }
        for part in (fields.first ?? "").split(separator: " ") where part.count > 2 { add(String(part), "(person)") }
    }

    private mutating func addDevice() {
        var name = utsname()
        if uname(&name) == 0 {
            let host = withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            add(host, "(host)")
            if let first = host.split(separator: ".").first { add(String(first), "(host)") }
        }
        for path in ["/etc/machine-id", "/var/lib/dbus/machine-id", "/proc/sys/kernel/random/boot_id"] {
            guard let bytes = try? SystemView.live.read(path, limit: 256) else { continue }
            let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
            add(text, "(id)")
        }
    }
}
