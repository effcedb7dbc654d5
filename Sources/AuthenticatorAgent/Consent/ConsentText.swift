// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys
internal import Pinentry
internal import WireProtocol

/// The words of the prompts about one request.
///
/// The first line is always our own: nothing from elsewhere can pose as the prompt's headline.
struct ConsentText: Sendable {
    private static let title = "Countersign"
    private let about: [String]

    init(_ request: ConsentRequest) {
        var lines = [
            "Organisation: \(DisplayText(request.organization, limit: 60))",
            "User: \(DisplayText(request.username, limit: 60))",
        ]
        if let app = request.app { lines.append("App: \(DisplayText(app, limit: 60))") }
        if let origin = request.origin {
            // Never shortened: by its end the person tells the true page from a false one.
            lines.append("Page: \(DisplayText(origin.description, limit: 300))")
        }
        lines.append(
            request.process.map { "Asked by: \(DisplayText($0, limit: 40)) (unverified)" }
                ?? "Asked by: an unknown program")
        about = lines
    }

    /// The words for a new enrolment's PIN, which no page asked for.
    init(enrollingAt organization: String, issuer: String) {
        about = [
            "Organisation: \(DisplayText(organization, limit: 60))", "Verifier: \(DisplayText(issuer, limit: 300))",
        ]
    }

    var question: PromptText {
        PromptText(
            title: Self.title,
            description: ["A sign-in asks for your consent.", ""] + about
                + ["", "Allow it only if you started it just now."])
    }

    func pin(_ request: PINRequest) -> PromptText {
        let (name, asks) =
            switch request.secret {
            case .pin: ("PIN", "The PIN of your key is needed.")
            case .managementKey:
                ("management key", "The smart card's management key is needed to change what is on it.")
            }
        var lines = [asks, ""] + about
        if let device = request.deviceName { lines.append("Key: \(DisplayText(device, limit: 60))") }
        lines.append("")
        lines.append("Enter it only if you started this just now.\(Self.tries(request.triesLeft))")
        return PromptText(
            title: Self.title, description: lines, error: request.lastEntryWasWrong ? "That \(name) was wrong." : nil)
    }

    /// The words while the machine's fingerprint reader waits.
    ///
    /// - Parameter said: what the reader said of the last finger.
    func finger(_ said: String?) -> PromptText {
        var lines = ["Your finger is asked for on this machine's fingerprint reader.", ""] + about
        // Not as an error of the prompt's: not every pinentry shows one beside a button.
        if let said { lines += ["", said] }
        return PromptText(
            title: Self.title, description: lines + ["", "Put it there only if you started this just now."])
    }

    /// The words while hardware waits for the person.
    func hardware(_ action: HardwareAction) -> HardwareText {
        let device = action.deviceName.map { " \(DisplayText($0, limit: 40))" } ?? ""
        let summary =
            switch action.kind {
            case .touch: "Touch your security key\(device)"
            case .fingerprint: "Put your finger on your security key\(device)"
            case .pinOnReader: "Type your PIN on the card reader\(device)"
            case .insert: "Plug in your security key\(device)"
            }
        return HardwareText(summary: summary, body: about.joined(separator: "\n"))
    }

    private static func tries(_ left: Int?) -> String {
        switch left {
        case nil: ""
        case 1?: " One try is left. After another wrong entry the key is locked."
        case let left?: " \(left) tries are left."
        }
    }

    func newPIN(minimumLength: Int, error: String?) -> PromptText {
        PromptText(
            title: Self.title,
            description: ["Choose a PIN for signing in with this device.", ""] + about
                + ["", "It has at least \(minimumLength) characters. Too many wrong entries lock the key."],
            error: error, prompt: "New PIN:", repetition: "Once more:")
    }
}
