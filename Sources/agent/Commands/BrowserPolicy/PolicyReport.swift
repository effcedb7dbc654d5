// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BrowserPolicies
internal import Glibc

/// What became of the policies, as it is told.
struct PolicyReport: Encodable {
    private struct Entry: Encodable {
        let browsers: [String]
        let path: String
        let result: String
        /// Why nothing was done.
        var reason: String?
        /// What somebody else's file has to have, where it could be added there.
        var add: String?
    }

    private let results: [Entry]

    init(_ outcomes: [PolicyOutcome], _ document: PolicyDocument?) {
        results = outcomes.map { outcome in
            let place = outcome.place
            var entry = Entry(browsers: place.names, path: place.path, result: Self.word(for: outcome.state))
            guard case .refused(let refusal) = outcome.state else { return entry }
            entry.reason = refusal.description
            if let document, refusal.wantsAddition != nil {
                entry.add = String(decoding: place.bytes(of: document), as: UTF8.self)
            }
            return entry
        }
    }

    /// Refuses a person who may not write what is every user's.
    static func demandRoot() throws(CommandFailure) {
        guard geteuid() != 0 else { return }
        throw CommandFailure(
            "policies are the whole machine's, and only root may change them",
            hint: "run it with sudo, or have your administrator run it")
    }

    /// Prints it all. Ends with 1 where something was refused.
    func print(json: Bool) throws {
        if json { try Console.print(json: self) } else { show() }
        if results.contains(where: { $0.reason != nil }) { throw ExitCode(CommandFailure.failed) }
    }

    private func show() {
        if results.isEmpty { Console.print("nothing was written before, so nothing is removed") }
        for entry in results {
            let browsers = entry.browsers.isEmpty ? "" : " (\(entry.browsers.joined(separator: ", ")))"
            guard let reason = entry.reason else {
                Console.print("\(entry.result) \(entry.path)\(browsers)")
                continue
            }
            Console.report(CommandFailure("left \(entry.path)\(browsers) as it is: \(reason)"))
            guard let add = entry.add else { continue }
            Console.note("hint: have the file that is there say, beside what it says:")
            Console.note(add)
        }
    }

    private static func word(for state: PolicyOutcome.State) -> String {
        switch state {
        case .written: "wrote"
        case .unchanged: "unchanged"
        case .removed: "removed"
        case .absent: "absent"
        case .refused: "refused"
        }
    }
}
