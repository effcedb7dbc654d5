// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import AuthenticatorAgent
internal import Glibc
internal import Pinentry

/// The organisation that a person enrols with: the one that they name, or one that the administrator offers.
struct OrganizationChoice {
    let configuration: AgentConfiguration

    /// The verifier's address.
    ///
    /// - Throws: ``CommandFailure`` where none is named or offered, or where another is locked out.
    func address(named url: String?) throws(CommandFailure) -> IssuerAddress {
        let text = if let url { url } else { try offered() }
        let address: IssuerAddress
        do throws(EnrollmentError) { address = try IssuerAddress(typed: text) } catch {
            throw CommandFailure(error.message, hint: error.hint)
        }
        do throws(LockedSettingError) { try configuration.checkOrganization(at: address.url) } catch {
            throw CommandFailure(error)
        }
        return address
    }

    /// The only one that is offered, or the one that the person picks of several.
    private func offered() throws(CommandFailure) -> String {
        let all = configuration.organizations
        guard let first = all.first else {
            throw CommandFailure(
                "no organisation is named, and the administrator of this device offers none",
                hint: "name your organisation's address: agent enroll https://id.example.com")
        }
        guard all.count > 1 else { return first.address }
        for (index, entry) in all.enumerated() { Console.note("  \(index + 1)  \(Self.line(entry))") }
        let hint = "name one of them: agent enroll \(first.address)"
        guard isatty(STDIN_FILENO) == 1 else { throw CommandFailure("several organisations are offered", hint: hint) }
        Console.prompt("organisation (1 to \(all.count)): ")
        guard let line = readLine(), let number = Int(line), all.indices.contains(number - 1) else {
            throw CommandFailure("none of the organisations was chosen", hint: hint)
        }
        return all[number - 1].address
    }

    /// An organisation for a person.
    static func line(_ entry: OfferedOrganization) -> String {
        entry.name.map { "\(DisplayText($0)) (\(entry.address))" } ?? entry.address
    }
}

/// A one-time code, typed by a person or passed on standard input.
enum OneTimeCode {
    /// Reads a line; what is typed on a terminal is not shown.
    ///
    /// - Parameter question: what is asked on a terminal.
    static func read(asking question: String) throws(CommandFailure) -> String {
        var former = termios()
        let isTerminal = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &former) == 0
        if isTerminal {
            var silent = former
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
            // Only now: what is typed before would be shown, and thrown away.
            Console.prompt(question)
        }
        defer {
            if isTerminal {
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &former)
                Console.note("")
            }
        }
        guard let line = readLine(), !line.isEmpty else {
            throw CommandFailure(
                isTerminal ? "no code was typed" : "no code was given on standard input",
                hint: "ask your administrator for a one-time code")
        }
        return line
    }
}
