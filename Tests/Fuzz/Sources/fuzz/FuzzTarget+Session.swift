// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable internal import DevicePosture

extension FuzzTarget {
    /// What the person's session, the login and the accounts are made of.
    static let sessionTargets: [String: Body] = [
        "gvdb": { input in
            guard let table = try? GVDBTable(parsing: input) else { return }
            for name in ["", "a", ".locks", "org.gnome.desktop.session", "/org/gnome/desktop/session/idle-delay"] {
                _ = table.variant(name)?.text
                _ = table.variant(name)?.firstMember?.text
                _ = table.table(name)?.contains("idle-delay")
            }
        },
        "dconf-profile": { _ = try? DconfProfile(parsing: $0, own: "/home/alice/.config") },
        "cosmic-idle": { input in
            _ = CosmicLock.judge(input)
            _ = CosmicLock.locksByLogind(String(decoding: input, as: UTF8.self))
        },
        "hyprlang": { _ = Hypridle.takesFingers(HyprlangFile(parsing: $0)) },
        "xscreensaver": { _ = XScreenSaver.judge($0) },
        "pam": { _ = PAMStack.parse($0) },
        "passwd": { input in
            _ = AccountTable.accounts(parsing: input)
            _ = AccountTable.groups(parsing: input)
            _ = AccountPassword.Status(passwd: input, of: "alice")
            let field = AccountPassword.shadowField(of: "alice", in: input)
            expect((field?.unicodeScalars.count ?? 0) <= 1, "no hash is taken over")
        },
        "login-settings": { input in
            _ = try? GDMSettings.logsIn(input)
            _ = (try? KeyFile(parsing: input)).map(LightDMSettings.logsIn)
            _ = SDDMSettings.user(in: input)
            _ = try? GreetdSettings.Settings(parsing: input)
        },
        "unit-commands": { input in
            _ = UnitFile.commands(in: [input]).contains(where: Consoles.logsIn)
            _ = Consoles.inittabLogsIn(input)
        },
        "sudoers": { input in
            guard let statements = try? SudoersParser.parse(input) else { return }
            var policy = Sudoers()
            for statement in statements { policy.add(statement) }
            let groups = PersonsGroups(name: "alice", names: ["alice", "sudo"], numbers: [27, 1000])
            let subject = SudoSubject(userID: 1000, groups: groups, hosts: ["laptop"])
            guard let rights = SudoRights(of: subject, under: policy) else { return }
            if rights.mayRun == .nothing {
                expect(rights.mayRunWithoutPassword == .nothing, "what is forbidden needs no password either way")
            }
        },
        "wildcard": { input in
            let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
            let texts = parts.map { String(decoding: $0, as: UTF8.self) }
            if texts.count == 2 { _ = Wildcard.matches(texts[0], texts[1], escapes: true) }
            expect(Wildcard.matches(texts[0], "*") || texts[0].unicodeScalars.count > 4096, "a star matches all")
        },
        "ssh-private-key": { input in
            _ = SSHPrivateKey(beginning: input)
            expect(SSHPrivateKey.decodeBase64(input).count <= input.count, "what is decoded is not longer")
        },
    ]
}
