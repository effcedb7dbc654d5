// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import Glibc
import Testing

@testable import DevicePosture

/// What the files of OpenSSH's server come to.
@Suite struct SSHServerSettingsTests {
    private func machine(_ text: String) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.write("/usr/sbin/sshd", "")
        machine.write("/etc/ssh/sshd_config", text)
        return machine
    }

    private func settings(_ machine: MachineFixture) async -> [String: String]? {
        guard case .strings(let entries)? = await machine.reading(.sshServerSettings)?.value else { return nil }
        #expect(entries == entries.sorted())
        return Dictionary(
            entries.map { entry in
                let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
                return (parts[0], parts[1])
            }, uniquingKeysWith: { "\($0),\($1)" })
    }

    @Test func emptyFileMeansWhatTheServerIsBuiltWith() async throws {
        let found = await settings(try machine("# PermitRootLogin yes\n"))
        #expect(found?["PermitRootLogin"] == "prohibit-password")
        #expect(found?["PasswordAuthentication"] == "yes")
        #expect(found?["Port"] == "22")
        #expect(found?["LoginGraceTime"] == "120")
    }

    @Test func firstValueStands() async throws {
        let found = await settings(try machine("PermitRootLogin no\nPermitRootLogin yes\n"))
        #expect(found?["PermitRootLogin"] == "no")
    }

    @Test func includedFilesStandWhereTheyAreIncluded() async throws {
        let machine = try machine("Include /etc/ssh/sshd_config.d/*.conf extra\nPasswordAuthentication yes\n")
        machine.write("/etc/ssh/sshd_config.d/50-b.conf", "PasswordAuthentication no\n")
        machine.write("/etc/ssh/sshd_config.d/10-a.conf", "X11Forwarding yes\nInclude deeper/?.conf\n")
        machine.write("/etc/ssh/sshd_config.d/.hidden.conf", "X11Forwarding no\nPermitEmptyPasswords yes\n")
        machine.write("/etc/ssh/sshd_config.d/README", "PermitEmptyPasswords yes\n")
        machine.write("/etc/ssh/deeper/1.conf", "MaxAuthTries 2\n")
        machine.write("/etc/ssh/extra", "MaxAuthTries 9\nUsePAM yes\n")
        let found = await settings(machine)
        #expect(found?["PasswordAuthentication"] == "no")
        #expect(found?["X11Forwarding"] == "yes")
        #expect(found?["PermitEmptyPasswords"] == "no")
        #expect(found?["MaxAuthTries"] == "2")
        #expect(found?["UsePAM"] == "yes")
    }

    @Test func settingsOfSomeConnectionsDoNotCountAndAreTold() async throws {
        let machine = try machine(
            """
            Match User git
                PasswordAuthentication no
                Include inner.conf
            Match all
            PermitEmptyPasswords yes
            Match Address 10.0.0.0/8
                PermitRootLogin yes
            """)
        machine.write("/etc/ssh/inner.conf", "Match all\nX11Forwarding yes\n")
        let found = await settings(machine)
        #expect(found?["PasswordAuthentication"] == "yes")
        #expect(found?["PermitRootLogin"] == "prohibit-password")
        #expect(found?["X11Forwarding"] == "no")
        #expect(found?["PermitEmptyPasswords"] == "yes")
        let evidence = await machine.reading(.sshServerSettings)?.evidence
        #expect(evidence?.first?.contains("PasswordAuthentication, PermitRootLogin, X11Forwarding") == true)
    }

    @Test func blockInAnIncludedFileEndsWithIt() async throws {
        let machine = try machine("Include a.conf\nPasswordAuthentication no\n")
        machine.write("/etc/ssh/a.conf", "Match User x\n")
        #expect(await settings(machine)?["PasswordAuthentication"] == "no")
    }

    @Test func spellingsOfTheServerAreRead() async throws {
        let found = await settings(
            try machine(
                """
                passwordauthentication=no # comment
                ChallengeResponseAuthentication = no
                PermitRootLogin "without-password"
                  X11Forwarding\tYES
                LoginGraceTime 1h30m
                Port 2222
                Port 22

                """))
        #expect(found?["PasswordAuthentication"] == "no")
        #expect(found?["KbdInteractiveAuthentication"] == "no")
        #expect(found?["PermitRootLogin"] == "prohibit-password")
        #expect(found?["X11Forwarding"] == "yes")
        #expect(found?["LoginGraceTime"] == "5400")
        #expect(found?["Port"] == "22,2222")
    }

    @Test(
        arguments: [
            "PasswordAuthentication maybe", "PasswordAuthentication", "PermitRootLogin \"no", "Port 0", "Port x",
            "MaxAuthTries many", "LoginGraceTime 2x", "Include sshd_config",
        ])
    func fileThatTheServerRefusesIsUnknown(text: String) async throws {
        #expect(try await machine(text + "\n").reading(.sshServerSettings)?.state.isUnknown == true)
    }

    @Test func optionsOnTheCommandLineAreTold() async throws {
        let machine = try machine("")
        machine.write("/etc/default/ssh", "SSHD_OPTS=\"-o PermitRootLogin=yes\"\n")
        #expect(
            await machine.reading(.sshServerSettings)?.evidence.contains { $0.contains("/etc/default/ssh") } == true)
    }

    @Test func machineWithoutServerHasNoSettings() async throws {
        let machine = try machine("PermitRootLogin yes\n")
        machine.remove("/usr/sbin/sshd")
        #expect(await machine.reading(.sshServerSettings)?.state.isNotApplicable == true)
        machine.write("/usr/sbin/sshd", "")
        machine.remove("/etc/ssh/sshd_config")
        #expect(await machine.reading(.sshServerSettings)?.state.isNotApplicable == true)
        machine.write("/usr/etc/ssh/sshd_config", "PermitRootLogin no\n")
        #expect(await settings(machine)?["PermitRootLogin"] == "no")
    }

    @Test func fileThatMayNotBeReadNeedsTheHelper() async throws {
        let machine = try machine("Include sshd_config.d/*.conf\n")
        machine.write("/etc/ssh/sshd_config.d/50.conf", "PermitRootLogin no\n")
        chmod(machine.root + "/etc/ssh/sshd_config.d/50.conf", 0)
        var view = machine.system
        view.userID = 1000
        let state = withoutRights { SSHServerSettingsCollector().find(in: view).state }
        #expect(state.reason?.contains("needs the posture helper") == true)
    }

    /// The server itself, asked what its files come to.
    @Test(
        .enabled(if: access("/usr/sbin/sshd", X_OK) == 0 && getuid() == 0, "needs root and OpenSSH's server"),
        arguments: [
            "", "PermitRootLogin no\nPermitRootLogin yes\n", "X11Forwarding YES\nGatewayPorts clientspecified\n",
            "PasswordAuthentication=no # c\nKbdInteractiveAuthentication = no\n",
            "LoginGraceTime 1m30s\nMaxAuthTries 3\n",
            "Match User x\nPermitRootLogin yes\nMatch all\nPermitEmptyPasswords yes\nPermitRootLogin without-password\n",
            "PermitTunnel point-to-point\nAllowTcpForwarding remote\nIgnoreRhosts shosts-only\n",
            "Include DIR/sub/*.conf\nPasswordAuthentication yes\nPort 2200\n", "Include DIR/sub/b.conf\nPort 22\n",
            "Match User y\nInclude DIR/sub/b.conf\n", "\"PermitRootLogin\" 'yes'\nUsePAM yes\n",
            "HostbasedAuthentication yes\nStrictModes no\nAllowAgentForwarding no\nPubkeyAuthentication no\n",
        ])
    func agreesWithTheServer(text: String) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/sshd-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
        func write(_ path: String, _ text: String) {
            _ = FileManager.default.createFile(atPath: folder + path, contents: Data(text.utf8))
        }
        write("/sub/b.conf", "X11Forwarding yes\nMatch User z\nPermitRootLogin yes\n")
        write("/sub/a.conf", "PasswordAuthentication no\nPort 2201\n")
        let configuration = text.replacing("DIR", with: folder)
        write("/sshd_config", configuration)
        let script = """
            mkdir -p /run/sshd && ssh-keygen -q -t ed25519 -N '' -f \(folder)/key </dev/null \
            && /usr/sbin/sshd -T -f \(folder)/sshd_config -h \(folder)/key
            """
        let output = ChildProcess(
            program: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/sbin:/usr/bin:/bin"],
            timeout: .seconds(20)
        ).run()
        guard case .success(let bytes) = output else {
            Issue.record("sshd: \(output)")
            return
        }
        var theirs: [String] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            let names = SSHServerSettings.keywords.map(\.name) + ["Port"]
            guard let name = names.first(where: { $0.lowercased() == words[0] }) else { continue }
            theirs.append("\(name)=\(words[1] == "without-password" ? "prohibit-password" : words[1])")
        }
        var view = SystemView(root: "/", environment: [:], commands: NoCommands())
        view.userID = 0
        var settings = SSHServerSettings()
        func file(_ path: String) throws(ReadFailure) -> SSHConfigurationFile {
            guard let file = SSHConfigurationFile(parsing: try view.read(path)) else { throw .malformed }
            return file
        }
        try settings.add(try file(folder + "/sshd_config")) { pattern throws(ReadFailure) in
            var files: [SSHConfigurationFile] = []
            for path in try SSHServerSettingsCollector.paths(of: pattern, in: view) { files.append(try file(path)) }
            return files
        }
        #expect(settings.entries == theirs.sorted())
    }
}
