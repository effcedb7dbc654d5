// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// The schemas and types of resources that are served (RFC 7643 §4, §8.7).
enum SCIMTypes {
    /// People.
    static let user = SCIMResourceType(
        name: "User", endpoint: "/Users",
        schema: SCIMSchema(
            id: "urn:ietf:params:scim:schemas:core:2.0:User", name: "User",
            summary: "A person who may sign in",
            attributes: userAttributes),
        extensions: [enterprise])

    /// Groups of people.
    static let group = SCIMResourceType(
        name: "Group", endpoint: "/Groups",
        schema: SCIMSchema(
            id: "urn:ietf:params:scim:schemas:core:2.0:Group", name: "Group",
            summary: "A group of people",
            attributes: [
                SCIMAttribute("displayName", .string, "The group's name.") {
                    $0.isRequired = true
                    $0.isUnique = true
                },
                SCIMAttribute("members", .complex, "The people in it.", subAttributes: memberAttributes) {
                    $0.isMultiValued = true
                },
            ]))

    /// All types.
    static let all = [user, group]

    /// What an employer knows of a person.
    static let enterprise = SCIMSchema(
        id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", name: "EnterpriseUser",
        summary: "What an employer knows of a person",
        attributes: [
            SCIMAttribute("employeeNumber", .string, "The person's number."),
            SCIMAttribute("costCenter", .string, "Who pays."),
            SCIMAttribute("organization", .string, "The organisation."),
            SCIMAttribute("division", .string, "The division."),
            SCIMAttribute("department", .string, "The department."),
            SCIMAttribute(
                "manager", .complex, "Whom the person reports to.",
                subAttributes: [
                    SCIMAttribute("value", .string, "The manager's id.") { $0.isCaseExact = true }
                ]),
        ])

    private static let userAttributes = [
        SCIMAttribute("userName", .string, "What the person types to sign in.") {
            $0.isRequired = true
            $0.isUnique = true
        },
        SCIMAttribute(
            "name", .complex, "The parts of the person's name.",
            subAttributes: [
                SCIMAttribute("familyName", .string, "The last name."),
                SCIMAttribute("givenName", .string, "The first name."),
                SCIMAttribute("middleName", .string, "The middle name."),
                SCIMAttribute("honorificPrefix", .string, "A title before the name."),
                SCIMAttribute("honorificSuffix", .string, "A title after the name."),
            ]),
        SCIMAttribute("displayName", .string, "The name that people read."),
        SCIMAttribute("nickName", .string, "What friends call the person."),
        SCIMAttribute("title", .string, "The person's title."),
        SCIMAttribute("userType", .string, "What kind of user."),
        SCIMAttribute("preferredLanguage", .string, "The person's language."),
        SCIMAttribute("locale", .string, "The person's region."),
        SCIMAttribute("timezone", .string, "The person's time zone."),
        SCIMAttribute("active", .boolean, "Whether the person may sign in."),
        several("emails", "Addresses of the person.", ["work", "home", "other"]),
        several("phoneNumbers", "Telephones of the person.", ["work", "home", "mobile", "other"]),
        SCIMAttribute(
            "groups", .complex, "The groups that the person is in.", subAttributes: groupAttributes
        ) {
            $0.isMultiValued = true
            $0.mutability = .readOnly
        },
    ]

    private static func several(_ name: String, _ summary: String, _ types: [String]) -> SCIMAttribute {
        SCIMAttribute(
            name, .complex, summary,
            subAttributes: [
                SCIMAttribute("value", .string, "The value."),
                SCIMAttribute("display", .string, "The value for people."),
                SCIMAttribute("type", .string, "What it is for.") { $0.canonicalValues = types },
                SCIMAttribute("primary", .boolean, "Whether it is the first to use."),
            ]
        ) { $0.isMultiValued = true }
    }

    private static let groupAttributes = [
        SCIMAttribute("value", .string, "The group's id.") {
            $0.isCaseExact = true
            $0.mutability = .readOnly
        },
        SCIMAttribute("$ref", .reference, "Where the group is.") {
            $0.referenceTypes = ["Group"]
            $0.mutability = .readOnly
        },
        SCIMAttribute("display", .string, "The group's name.") { $0.mutability = .readOnly },
    ]

    private static let memberAttributes = [
        SCIMAttribute("value", .string, "The person's id.") {
            $0.isCaseExact = true
            $0.mutability = .immutable
        },
        SCIMAttribute("$ref", .reference, "Where the person is.") {
            $0.referenceTypes = ["User"]
            $0.mutability = .immutable
        },
        SCIMAttribute("type", .string, "User.") {
            $0.canonicalValues = ["User"]
            $0.mutability = .immutable
        },
    ]
}
