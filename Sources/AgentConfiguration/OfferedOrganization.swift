// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceKeys
internal import TOMLConfiguration
internal import WireProtocol

/// An organisation that this device is to be enrolled with, and how: what `agent enroll` then need not be told.
package struct OfferedOrganization: Hashable, Sendable {
    /// How the person is verified.
    package enum Verification: String, Hashable, Sendable, CaseIterable {
        /// Not at all, unless the organisation demands it.
        case none
        /// By a PIN.
        case pin
        /// By the machine's fingerprint reader.
        case fingerprint
    }

    /// How the person proves who they are when they enrol.
    package enum Proof: String, Hashable, Sendable, CaseIterable {
        /// By signing in with the browser.
        case browser
        /// By a one-time code of the administrator's.
        case code
    }

    /// The verifier's origin.
    package var address: String
    /// What people call it.
    package var name: String?
    /// The account that the device is meant for; `%u` in it is the person's login name. A hint: the verifier decides whose the
    /// enrolment is.
    package var user: String?
    /// How the person proves who they are, where they do not choose another way.
    package var proof = Proof.browser
    /// Where the keys are made.
    package var key: KeyKind?
    /// Where the key for silent sign-ins is made, where that is elsewhere.
    package var possessionKey: KeyKind?
    /// How the person is verified.
    package var verification: Verification?

    /// An organisation of which nothing but its address is known.
    package init(address: String) { self.address = address }

    /// The kinds of key that its entry takes; `nil` where it says nothing of them.
    package var keyKinds: Set<KeyKind>? {
        guard key != nil || possessionKey != nil else { return nil }
        return Set([key ?? .software, possessionKey ?? key ?? .software])
    }

    /// The account for a person of this login name.
    package func user(login: String) -> String? { user?.replacing("%u", with: login) }
}

extension OfferedOrganization {
    /// The most organisations of all files together.
    static let most = 64

    /// An entry of `[[organizations]]`.
    init(_ table: ConfigurationTable) throws(ConfigurationError) {
        let address = try table.required("address")
        guard let origin = Origin(address), origin.scheme == "https" || origin.isLoopback else {
            throw ConfigurationError(
                table.name("address"),
                "must be a verifier's address such as https://id.example.com, without a path or a slash at its end")
        }
        self.init(address: address)
        name = try Self.plain(table, "name")
        user = try Self.plain(table, "user")
        proof = try table.choice("proof", Proof.self) ?? .browser
        key = try table.choice("key", KeyKind.self)
        possessionKey = try table.choice("possession_key", KeyKind.self)
        verification = try table.choice("user_verification", Verification.self)
        try checkThatKeysGoTogether(table)
        try table.finish()
    }

    /// A line that can be shown.
    private static func plain(_ table: ConfigurationTable, _ key: String) throws(ConfigurationError) -> String? {
        guard let text = try table.string(key) else { return nil }
        guard text.count <= 200, text.unicodeScalars.allSatisfy({ !$0.properties.isWhitespace || $0 == " " }),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw ConfigurationError(table.name(key), "must be one line of at most 200 characters") }
        return text
    }

    private func checkThatKeysGoTogether(_ table: ConfigurationTable) throws(ConfigurationError) {
        let tokens: Set<KeyKind> = [.fido2, .piv]
        let main = key ?? .software
        if let possessionKey, tokens.contains(possessionKey), !tokens.contains(main) {
            throw ConfigurationError(
                table.name("possession_key"), "is on a token, which goes with a key behind a PIN there: name it as key")
        }
        if tokens.contains(main), verification == .fingerprint || verification == OfferedOrganization.Verification.none
        {
            throw ConfigurationError(
                table.name("user_verification"), "must be pin with key \(main.rawValue): it verifies people by itself")
        }
    }
}
