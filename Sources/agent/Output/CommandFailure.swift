// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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
}
