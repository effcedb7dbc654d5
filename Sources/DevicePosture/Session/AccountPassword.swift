// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import MessageBus

/// The signal `accountHasPassword`: whether the person's account asks for a password, or lets in whoever names it.
enum AccountPassword {
    /// What the stored form of a password says.
    enum Status: Hashable, Sendable {
        /// There is a password.
        case set
        /// The empty password lets in.
        case empty
        /// No password lets in.
        case locked

        /// What the second field of shadow(5) says.
        init(shadow field: String) {
            self =
                switch field.first {
                case nil: .empty
                case "!", "*": .locked
                default: .set
                }
        }

        /// What `passwd -S` prints of an account, as shadow's tools and Red Hat's do.
        ///
        /// - Parameter name: the account that it must be about.
        init?(passwd output: [UInt8], of name: String) {
            let words = String(decoding: output, as: UTF8.self).split { $0.isWhitespace }
            guard words.count >= 2, words[0] == name else { return nil }
            switch words[1] {
            case "P", "PS": self = .set
            case "NP": self = .empty
            case "L", "LK": self = .locked
            default: return nil
            }
        }

        /// What AccountsService answers. It takes some passwords that let nobody in for regular ones.
        init?(accountsService account: [String: BusValue]) {
            guard case .integer(let mode)? = account["PasswordMode"], case .boolean(let isLocked)? = account["Locked"]
            else { return nil }
            switch mode {
            case 0, 1: self = isLocked ? .locked : .set
            case 2: self = .empty
            default: return nil
            }
        }
    }

    /// Reads shadow(5) where that is allowed, else asks `passwd`, which tells everybody about the own account, else
    /// AccountsService.
    static func find(in system: SystemView) async -> Finding {
        guard let name = AccountTable.name(of: system.userID, in: system) else {
            return .unknown("this user is not in /etc/passwd", source: "/etc/passwd")
        }
        do throws(ReadFailure) {
            return try stored(of: name, in: system)
        } catch ReadFailure.absent where !system.isLive {
            return .unknown(.absent, at: shadow)
        } catch {}
        if case .success(let output) = await system.commands.run(.accountStatus, environment: system.environment),
            let status = Status(passwd: output, of: name)
        {
            return finding(status, source: "passwd -S")
        }
        if let account = AccountsService.account(of: system.userID, in: system),
            let status = Status(accountsService: account)
        {
            return finding(status, source: AccountsService.source)
        }
        return .unknown(
            "neither passwd nor AccountsService tells this user; it needs the posture helper", source: shadow)
    }

    private static let shadow = "/etc/shadow"

    /// What shadow(5) alone says, for the posture helper, which runs no program and asks no service.
    static func findStored(in system: SystemView) -> Finding {
        guard let name = AccountTable.name(of: system.userID, in: system) else {
            return .unknown("this user is not in /etc/passwd", source: "/etc/passwd")
        }
        do throws(ReadFailure) {
            return try stored(of: name, in: system)
        } catch {
            return .unknown(error, at: shadow)
        }
    }

    private static func stored(of name: String, in system: SystemView) throws(ReadFailure) -> Finding {
        guard let field = shadowField(of: name, in: try system.read(shadow, limit: 1 << 20)) else {
            return .unknown("\(shadow) has no line of this account", source: shadow)
        }
        return finding(Status(shadow: field), source: shadow)
    }

    /// The second field of an account's line in shadow(5).
    static func shadowField(of name: String, in bytes: [UInt8]) -> String? {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0].elementsEqual(name.utf8) else { continue }
            // Whether it is one is all that is taken over, never the hash.
            return fields[1].first.map { String(UnicodeScalar($0)) } ?? ""
        }
        return nil
    }

    private static func finding(_ status: Status, source: String) -> Finding {
        switch status {
        case .set: .known(true, source: source)
        case .empty: .known(false, source: source, evidence: ["the empty password lets in"])
        case .locked: .notApplicable("no password lets this account in: it is locked", source: source)
        }
    }
}

/// The signal `accountHasPassword` as the posture helper reads it: from `/etc/shadow`.
struct ShadowPasswordCollector: SingleSignalCollector {
    static let name = SignalName.accountHasPassword

    func find(in system: SystemView) -> Finding { AccountPassword.findStored(in: system) }
}

/// What AccountsService knows of an account.
enum AccountsService {
    static let source = "org.freedesktop.Accounts on D-Bus"

    /// The properties of a user's account, where the service runs and knows the user.
    static func account(of userID: UInt32, in system: SystemView) -> [String: BusValue]? {
        // The object is there once it was asked for; its name is always the same.
        guard case .success(.string(let path)) = system.services.answer(to: .account(of: userID)),
            path == ServiceQuestion.accountPath(of: userID),
            case .success(.dictionary(let properties)) = system.services.answer(to: .accountProperties(of: userID))
        else { return nil }
        return properties
    }
}
