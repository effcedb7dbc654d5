// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AgentConfiguration
internal import TOMLConfiguration

/// Why a command did not do what it was asked, as the person is told.
struct CommandFailure: Error {
    /// What happened: one line in lower case.
    var message: String
    /// What to do about it.
    var hint: String?
    /// The exit status.
    var status: Int32

    /// Refused or failed.
    static let failed: Int32 = 1
    /// The agent is not running, or the verifier not reachable.
    static let unreachable: Int32 = 3

    init(_ message: String, hint: String? = nil, status: Int32 = CommandFailure.failed) {
        self.message = message
        self.hint = hint
        self.status = status
    }

    /// What is wrong with the administrator's files.
    init(_ error: ConfigurationError) {
        self.init(
            "configuration: \(error)",
            hint: error.hint ?? "have your administrator mend it; 'agent config check' tells whether that is done")
    }

    /// What the administrator does not leave to the person.
    init(_ error: LockedSettingError) {
        self.init(error.description, hint: "see 'agent config show', and ask your administrator")
    }
}
