// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent

/// Finds the enrolment that a person means.
enum EnrollmentChoice {
    /// The one of an id, or at a verifier; the only one where nothing is said.
    static func one(named name: String?, among all: [Enrollment]) throws(CommandFailure) -> Enrollment {
        guard !all.isEmpty else { throw CommandFailure("this device is not enrolled anywhere") }
        let matches: [Enrollment]
        if let name {
            let address = try? IssuerAddress(typed: name)
            let byID = all.filter { $0.id == name }
            matches = byID.isEmpty ? all.filter { address?.isIssuer($0.issuer) == true } : byID
            guard !matches.isEmpty else {
                throw CommandFailure("there is no enrolment '\(name)'", hint: "see 'agent status'")
            }
        } else {
            matches = all
        }
        guard let only = matches.first, matches.count == 1 else {
            throw CommandFailure(
                "there are \(matches.count) enrolments: \(matches.map { EnrollmentSummary($0).line }.joined(separator: "; "))",
                hint: "name the one that is meant by its id")
        }
        return only
    }
}
