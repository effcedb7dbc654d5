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
        .object(of: requirement.members + [("accessControl", .string(accessControl.rawValue))])
    }
}

extension PasswordPolicyRule.Requirement {
    /// The requirement as Okta's API writes it, without `accessControl`.
    var json: JSONValue { .object(of: members) }

    fileprivate var members: [(String, JSONValue?)] {
        let primary: [(String, JSONValue?)] = [
            ("methods", .strings(primaryMethods)), ("methodConstraints", methodConstraints),
        ]
        let stepUp: [(String, JSONValue?)] = [
            ("required", .boolean(requiresStepUp)), ("methods", stepUpMethods.isEmpty ? nil : .strings(stepUpMethods)),
        ]
        return [("primary", .object(of: primary)), ("stepUp", .object(of: stepUp))]
    }
}
