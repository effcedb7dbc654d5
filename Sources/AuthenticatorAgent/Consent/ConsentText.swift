// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import Languages
internal import Pinentry
internal import WireProtocol

/// The words of the prompts about one request.
///
/// The first line is always our own: nothing from elsewhere can pose as the prompt's headline.
struct ConsentText: Sendable {
    private static let title = "Countersign"
    private let about: [String]
    /// The language that people are spoken to in.
    let translations: Translations

    init(_ request: ConsentRequest, _ translations: Translations) {
        let t = translations
        var lines = [
            t("Organisation: {0}", DisplayText(request.organization, limit: 60).description),
            t("User: {0}", DisplayText(request.username, limit: 60).description),
        ]
        if let app = request.app { lines.append(t("App: {0}", DisplayText(app, limit: 60).description)) }
        if let origin = request.origin {
            // Never shortened: by its end the person tells the true page from a false one.
            lines.append(t("Page: {0}", DisplayText(origin.description, limit: 300).description))
        } else {
            lines.append(t("Page: unknown. A link brought this: anybody may have sent it to you."))
        }
        lines.append(
            request.process.map { t("Asked by: {0} (unverified)", DisplayText($0, limit: 40).description) }
                ?? t("Asked by: an unknown program"))
        about = lines
        self.translations = translations
    }

    /// The words for a new enrolment's PIN, which no page asked for.
    init(enrollingAt organization: String, issuer: String, _ translations: Translations) {
        about = [
            translations("Organisation: {0}", DisplayText(organization, limit: 60).description),
            translations("Verifier: {0}", DisplayText(issuer, limit: 300).description),
        ]
        self.translations = translations
    }

    var question: PromptText {
        let t = translations
        return PromptText(
            title: Self.title,
            description: [t("A sign-in asks for your consent."), ""] + about
                + ["", t("Allow it only if you started it just now.")],
            translations: t)
    }

    func pin(_ request: PINRequest) -> PromptText {
        let t = translations
        let (wrong, asks) =
            switch request.secret {
            case .pin: (t("That PIN was wrong."), t("The PIN of your key is needed."))
            case .managementKey:
                (
                    t("That management key was wrong."),
                    t("The smart card's management key is needed to change what is on it.")
                )
            }
        var lines = [asks, ""] + about
        if let device = request.deviceName {
            lines.append(t("Key: {0}", DisplayText(device, limit: 60).description))
        }
        lines.append("")
        lines.append(
            ([t("Enter it only if you started this just now.")] + tries(request.triesLeft)).joined(separator: " "))
        return PromptText(
            title: Self.title, description: lines, error: request.lastEntryWasWrong ? wrong : nil, translations: t)
    }

    /// The words while the machine's fingerprint reader waits.
    ///
    /// - Parameter said: what the reader said of the last finger.
    func finger(_ said: String?) -> PromptText {
        let t = translations
        var lines = [t("Your finger is asked for on this machine's fingerprint reader."), ""] + about
        // Not as an error of the prompt's: not every pinentry shows one beside a button.
        if let said { lines += ["", said] }
        return PromptText(
            title: Self.title, description: lines + ["", t("Put it there only if you started this just now.")],
            translations: t)
    }

    /// The words while hardware waits for the person.
    func hardware(_ action: HardwareAction) -> HardwareText {
        let asks =
            switch action.kind {
            case .touch: "Touch your security key"
            case .fingerprint: "Put your finger on your security key"
            case .pinOnReader: "Type your PIN on the card reader"
            case .insert: "Plug in your security key"
            }
        let device = action.deviceName.map { ": \(DisplayText($0, limit: 40))" } ?? ""
        return HardwareText(summary: translations(asks) + device, body: about.joined(separator: "\n"))
    }

    private func tries(_ left: Int?) -> [String] {
        switch left {
        case nil: []
        case 1?: [translations("One try is left. After another wrong entry the key is locked.")]
        case let left?: [translations("{0} tries are left.", String(left))]
        }
    }

    func newPIN(minimumLength: Int, error: String?) -> PromptText {
        let t = translations
        return PromptText(
            title: Self.title,
            description: [t("Choose a PIN for signing in with this device."), ""] + about + [
                "",
                t("It has at least {0} characters. Too many wrong entries lock the key.", String(minimumLength)),
            ],
            error: error, prompt: t("New PIN:"), repetition: t("Once more:"), translations: t)
    }
}
