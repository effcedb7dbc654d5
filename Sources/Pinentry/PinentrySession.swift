// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Languages

/// One conversation with a started pinentry. Blocking; used by one thread.
struct PinentrySession {
    /// The codes of libgpg-error that tell what a person did, with their source, pinentry, in the high byte.
    private enum ErrorCode {
        static let notConfirmed: UInt32 = 83_886_194
        static let canceled: UInt32 = 99
        static let fullyCanceled: UInt32 = 198
        static let notConfirmedAnySource: UInt32 = 114
        static let timeout: UInt32 = 62
    }

    /// What a person did, as far as the program's answer tells.
    private enum Act {
        case confirmed(SecretBytes?, repeated: Bool)
        case notConfirmed
        case cancelled
    }

    /// An answer that comes sooner was not an answer to what is shown: a key that was meant for another window.
    private static let shortestThought = Duration.milliseconds(500)
    private static let mostShowings = 5

    private let connection: AssuanConnection
    private let flavor: PinentryFlavor
    private let asciiOnly: Bool
    private let limit: Duration
    private let started = ContinuousClock.now

    init(with pinentry: ReadyPinentry, within limit: Duration) {
        connection = pinentry.connection
        flavor = pinentry.flavor
        asciiOnly = pinentry.asciiOnly
        self.limit = limit
    }

    // MARK: - A yes or a no

    func isAllowed(_ text: PromptText) throws(PinentryError) -> Bool {
        var text = text
        let t = text.translations
        if flavor == .typedWord {
            text.description += ["", t("To allow this, type yes. To refuse, press Return or close this window.")]
            text.prompt = t("Allow?")
            text.repetition = nil
        }
        let labels =
            switch flavor {
            case .refusalFirst: Self.labels(ok: t("_Refuse"), notOK: t("_Allow"), cancel: t("_Close"))
            case .refusalByDefault: Self.labels(ok: t("_Allow"), cancel: t("_Refuse"))
            case .typedWord: Self.labels(ok: t("_Answer"), cancel: t("_Refuse"))
            }
        try set(Self.description(text) + labels)
        for _ in 0..<Self.mostShowings {
            guard let act = try considered(flavor == .typedWord ? "GETPIN" : "CONFIRM") else { continue }
            switch (flavor, act) {
            case (.refusalFirst, .notConfirmed), (.refusalByDefault, .confirmed(nil, _)): return true
            case (.typedWord, .confirmed(let word?, _)) where word.count > 0:
                if Self.isYes(word, t) { return true }
                try set("SETERROR", t("That was not the word yes."))
            default: return false
            }
        }
        return false
    }

    /// Whether the word is the one that the prompt asks for, or the English one.
    private static func isYes(_ word: SecretBytes, _ translations: Translations) -> Bool {
        let typed = word.withUnsafeBytes { String(decoding: $0, as: UTF8.self).lowercased() }
        return typed == "yes" || typed == translations("yes")
    }

    // MARK: - A text

    /// Shows a text until it is closed. What is typed by mistake closes it only when it keeps coming.
    func tell(_ text: PromptText, onShown: () -> Void) throws(PinentryError) {
        try set(Self.description(text) + [("SETOK", text.translations("_Cancel"))])
        onShown()
        for _ in 0..<Self.mostShowings where try considered("CONFIRM --one-button") != nil { return }
    }

    // MARK: - A PIN

    func pin(_ text: PromptText) throws(PinentryError) -> SecretBytes {
        let t = text.translations
        try set(Self.description(text) + Self.labels(ok: t("_OK"), cancel: t("_Cancel")))
        while true {
            if let repetition = text.repetition {
                try set("SETREPEAT", repetition)
                try set("SETREPEATERROR", t("The two entries are not the same."))
            }
            guard let (entry, repeated) = try entry() else { continue }
            guard entry.count > 0 else {
                try set("SETERROR", t("Nothing was entered."))
                continue
            }
            guard let repetition = text.repetition, !repeated else { return entry }
            if try isTypedAgain(entry, prompt: repetition) { return entry }
            try set("SETPROMPT", text.prompt)
            try set("SETERROR", t("The two entries are not the same."))
        }
    }

    /// Asks once more, for a pinentry that cannot ask for both entries together.
    private func isTypedAgain(_ first: SecretBytes, prompt: String) throws(PinentryError) -> Bool {
        try set("SETPROMPT", prompt)
        while true {
            guard let (second, _) = try entry() else { continue }
            return first.withUnsafeBytes { first in
                second.withUnsafeBytes { second in first.elementsEqual(second) }
            }
        }
    }

    /// What was typed, in Normalization Form C, which may be nothing; `nil` where it came too soon to count.
    private func entry() throws(PinentryError) -> (SecretBytes, repeated: Bool)? {
        guard let act = try considered("GETPIN") else { return nil }
        guard case .confirmed(let entry, let repeated) = act else {
            throw PinentryError(.cancelled, "the PIN entry was cancelled")
        }
        return (entry.map(NormalizationFormC.normalized) ?? SecretBytes(copying: []), repeated)
    }

    // MARK: - Commands

    private typealias Setting = (command: String, text: String)

    private static func description(_ text: PromptText) -> [Setting] {
        [
            ("SETTITLE", text.title), ("SETDESC", text.description.joined(separator: "\n")),
            ("SETPROMPT", text.prompt),
        ] + (text.error.map { [("SETERROR", $0)] } ?? [])
    }

    private static func labels(ok: String, notOK: String? = nil, cancel: String) -> [Setting] {
        [("SETOK", ok)] + (notOK.map { [("SETNOTOK", $0)] } ?? []) + [("SETCANCEL", cancel)]
    }

    private func set(_ command: String, _ text: String) throws(PinentryError) { try set([(command, text)]) }

    /// Sets texts. What one answers makes no difference to the next, so they are sent together and answered one after the other.
    private func set(_ settings: [Setting]) throws(PinentryError) {
        let lines = settings.map { setting in
            let shown = asciiOnly ? String(setting.text.map { $0.isASCII ? $0 : "?" }) : setting.text
            return "\(setting.command) \(AssuanText.escape(shown))"
        }
        _ = try connection.run(lines, until: Deadline(after: .seconds(10)))
    }

    /// Shows the prompt and waits; `nil` where the answer came too soon to count.
    private func considered(_ command: String) throws(PinentryError) -> Act? {
        let left = limit - (ContinuousClock.now - started)
        guard left > .zero else { throw Self.timedOut }
        try set("SETTIMEOUT", String(left.components.seconds + 1))
        let shown = ContinuousClock.now
        // The program's own time limit comes first, for it tidies its screen; ours is for the one that forgets.
        let outcome = try connection.run(command, until: Deadline(after: left + .seconds(3)))
        let act = try Self.act(outcome)
        return ContinuousClock.now - shown < Self.shortestThought ? nil : act
    }

    private static func act(_ outcome: AssuanConnection.Outcome) throws(PinentryError) -> Act {
        guard case .failure(let code, let explained) = outcome else {
            if case .success(let data, let repeated) = outcome { return .confirmed(data, repeated: repeated) }
            return .cancelled
        }
        switch code & 0xFFFF {
        case ErrorCode.timeout: throw timedOut
        case ErrorCode.canceled, ErrorCode.fullyCanceled: return .cancelled
        case ErrorCode.notConfirmedAnySource:
            // Where the first button refuses, this is the yes: taken only spelled exactly, and with nothing beside it.
            return code == ErrorCode.notConfirmed && !explained ? .notConfirmed : .cancelled
        default: throw PinentryError(.unavailable, "the pinentry cannot show a prompt here (error \(code))")
        }
    }

    private static let timedOut = PinentryError(.timedOut, "nobody answered the prompt in time")
}
