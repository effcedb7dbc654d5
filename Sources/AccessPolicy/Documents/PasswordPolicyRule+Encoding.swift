// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension PasswordPolicyRule {
    /// The rule as Okta's API writes it.
    public var json: JSONValue {
        var members: [(String, JSONValue?)] = [("type", .string("PASSWORD"))]
        members += metadata.members
        members.append(
            (
                "conditions",
                .object(of: [("people", people?.json), ("network", network?.json)] + JSONMember.pairs(unrecognized))
            ))
        members.append(
            (
                "actions",
                .object(of: [
                    ("passwordChange", access(passwordChange)),
                    (
                        "selfServicePasswordReset",
                        .object(of: [
                            ("access", .string(selfServicePasswordReset.rawValue)), ("requirement", requirementJSON),
                        ])
                    ),
                    ("selfServiceUnlock", access(selfServiceUnlock)),
                ])
            ))
        members.append(("_links", metadata.links))
        return .object(of: members)
    }

    private func access(_ access: PolicyAccess) -> JSONValue { .object(of: [("access", .string(access.rawValue))]) }

    private var requirementJSON: JSONValue {
        let primary: [(String, JSONValue?)] = [
            ("methods", .strings(requirement.primaryMethods)), ("methodConstraints", requirement.methodConstraints),
        ]
        let methods = requirement.stepUpMethods
        let stepUp: [(String, JSONValue?)] = [
            ("required", .boolean(requirement.requiresStepUp)), ("methods", methods.isEmpty ? nil : .strings(methods)),
        ]
        return .object(of: [
            ("primary", .object(of: primary)), ("stepUp", .object(of: stepUp)),
            ("accessControl", .string(accessControl.rawValue)),
        ])
    }
}
