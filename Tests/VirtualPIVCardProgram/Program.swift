// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import VirtualPIVCard

/// Plugs a virtual PIV card into pcscd: `virtual-piv-card [OPTION VALUE]…`
///
///     --port N            the port of vpcd's reader (35963)
///     --style S           yubikey or nist
///     --serial N          the YubiKey's serial number
///     --firmware A.B.C    the YubiKey's firmware
///     --touch T           never, or after so many milliseconds
///     --contactless yes   have the answer to reset of a card that is held to the reader
///     --chain-answers yes have every answer wait for GET RESPONSE
///     --root FILE         write the maker's root certificate there, in DER
///
/// Lines on its input: `pull` takes the card out, `insert` puts it in, `pull-at N` plans the one, `pull-at` plans nothing more,
/// `hang-at N` has it keep the Nth answer to itself until `hang-at` says otherwise, `commands` prints how many commands came since the last time. It ends with its input.
@main
enum Program {
    static func main() {
        var options: [String: String] = [:]
        var arguments = CommandLine.arguments.dropFirst()
        while let name = arguments.popFirst() {
            guard name.hasPrefix("--"), let value = arguments.popFirst() else { return fail("not an option: \(name)") }
            options[String(name.dropFirst(2))] = value
        }
        guard let style = CardSettings.Style(rawValue: options["style"] ?? "yubikey") else {
            return fail("no such style")
        }
        let authority = AttestationAuthority()
        let card = VirtualPIVCard(settings(style, options), authority: authority)
        if let path = options["root"] { write(authority.certificate, to: path) }
        let link = VPCDLink(card, port: UInt16(options["port"] ?? "") ?? 35963)
        let inserted = Inserted(link)
        inserted.insert()
        while let line = readLine() {
            let words = line.split(separator: " ")
            switch words.first {
            case "pull": link.pullOut()
            case "insert": inserted.insert()
            case "pull-at":
                link.planPullOut(at: words.count > 1 ? Int(words[1]) : nil)
            case "hang-at":
                link.planSilence(at: words.count > 1 ? Int(words[1]) : nil)
            case "commands":
                let log = card.log
                say("\(log.commands.count) \(log.signatures) \(card.isPINVerified)", to: STDOUT_FILENO)
                card.clearLog()
            default: say("?", to: STDOUT_FILENO)
            }
        }
    }

    private static func settings(_ style: CardSettings.Style, _ options: [String: String]) -> CardSettings {
        var settings = CardSettings(style)
        if let serial = options["serial"].flatMap({ UInt32($0) }) { settings.serial = serial }
        if let firmware = options["firmware"] {
            settings.firmware = firmware.split(separator: ".").compactMap { UInt8($0) }
            // Before 5.7 the factory's management key was for triple DES.
            if (settings.firmware[0], settings.firmware[1]) < (5, 7) { settings.managementAlgorithm = 0x03 }
        }
        if let touch = options["touch"] {
            settings.touch = UInt32(touch).map { .after(milliseconds: $0) } ?? .never
        }
        settings.isContactless = options["contactless"] == "yes"
        settings.chainsEveryAnswer = options["chain-answers"] == "yes"
        return settings
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { return fail("cannot write \(path)") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    private static func fail(_ message: String) {
        say("virtual-piv-card: \(message)", to: STDERR_FILENO)
        exit(2)
    }

    /// Writes a line at once, which a standard stream into a pipe would not.
    private static func say(_ line: String, to descriptor: Int32) {
        let bytes = Array((line + "\n").utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}
