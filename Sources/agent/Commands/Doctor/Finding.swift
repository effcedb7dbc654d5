// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Pinentry

/// What `agent doctor` found out about one part of the installation.
struct Finding: Encodable, Sendable {
    /// How bad it is.
    enum Status: String, Encodable, Sendable {
        /// As it should be.
        case ok
        /// Sign-ins work, but not as well as they could.
        case warning
        /// Sign-ins do not work, or not all of them.
        case problem
        /// It could not be found out.
        case unknown
    }

    /// The part, for programs.
    let id: String
    let status: Status
    /// What was found, in a sentence without a full stop.
    let detail: String
    /// What to do about it, where there is something to do.
    let fix: String?

    init(_ id: String, _ status: Status, _ detail: String, fix: String? = nil) {
        self.id = id
        self.status = status
        self.detail = detail
        self.fix = fix
    }

    func print() {
        let (word, style): (String, Style) =
            switch status {
            case .ok: ("ok     ", .good)
            case .warning: ("warning", .warning)
            case .problem: ("problem", .error)
            case .unknown: ("unknown", .warning)
            }
        Console.print("\(style.apply(word))  \(DisplayText(detail, limit: 400))")
        if let fix { Console.print("         \(DisplayText(fix, limit: 400))") }
    }
}
