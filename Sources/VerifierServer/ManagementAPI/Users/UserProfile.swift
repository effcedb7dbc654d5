// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries
internal import WireProtocol

/// A user's profile as the management API takes it: members of Okta's user profile, checked.
struct UserProfile: Sendable {
    /// The name that the person types.
    var login: Username
    /// The other members.
    var members: [String: ResourceValue]

    /// The most members.
    static let maximumMembers = 100
    /// The longest text of a member, in bytes.
    static let maximumText = 4096
    /// The longest profile, in bytes of JSON.
    static let maximumSize = 65_536

    /// The bounds of Okta's own members, in characters.
    private static let bounds: [String: ClosedRange<Int>] = [
        "firstName": 1...50, "lastName": 1...50, "email": 5...100, "secondEmail": 0...100, "countryCode": 2...2,
        "mobilePhone": 0...100, "primaryPhone": 0...100, "displayName": 1...200, "city": 0...128, "state": 0...128,
        "zipCode": 0...50, "streetAddress": 0...1024,
    ]

    /// Checks the profile of a request.
    ///
    /// - Throws: ``ManagementError`` with every member that is not acceptable.
    init(_ value: ResourceValue?) throws(ManagementError) {
        guard let members = value?.members else { throw .invalid("profile", "The field cannot be left blank") }
        var causes: [String] = []
        let login = members["login"]?.text.flatMap(Username.init)
        if login == nil {
            causes.append(
                members["login"]?.text == nil
                    ? "login: The field cannot be left blank"
                    : "login: must be 1 to 100 ASCII letters, digits or any of . _ - + @")
        }
        if members.count > Self.maximumMembers {
            causes.append("profile: has more than \(Self.maximumMembers) members")
        }
        var kept: [String: ResourceValue] = [:]
        for (name, member) in members.sorted(by: { $0.key < $1.key }) where name != "login" && member != .null {
            if let problem = Self.problem(name, member) { causes.append("\(name): \(problem)") }
            kept[name] = member
        }
        if causes.isEmpty, (try? JSON.encode(ResourceValue.object(kept)).count <= Self.maximumSize) != true {
            causes.append("profile: has more than \(Self.maximumSize) bytes")
        }
        guard let login, causes.isEmpty else { throw .validation("profile", causes) }
        self.login = login
        self.members = kept
    }

    /// The profile of a user with some members changed; null takes one away.
    static func merged(_ user: User, with changes: ResourceValue?) throws(ManagementError) -> UserProfile {
        guard let changes = changes?.members else { throw .invalid("profile", "The field cannot be left blank") }
        var members = user.profile ?? [:]
        members["login"] = .string(user.username)
        for (name, value) in changes { members[name] = value }
        return try UserProfile(.object(members))
    }

    /// What others read as the person's name.
    var displayName: String { members["displayName"]?.text ?? Self.composedName(of: members, login: login.text) }

    /// What others read as the name of a person who has no other: the first and last name, or else the login.
    static func composedName(of members: [String: ResourceValue], login: String) -> String {
        let parts = [members["firstName"]?.text, members["lastName"]?.text].compactMap { $0 }
        return parts.isEmpty ? login : parts.joined(separator: " ")
    }

    /// The members of a user's profile with the login. A name that was given on the command line alone is a member, one that only
    /// follows from others is not.
    static func members(of user: User) -> [String: ResourceValue] {
        var members = user.profile ?? [:]
        members["login"] = .string(user.username)
        if members["displayName"] == nil, user.displayName != composedName(of: members, login: user.username) {
            members["displayName"] = .string(user.displayName)
        }
        return members
    }

    private static func problem(_ name: String, _ value: ResourceValue) -> String? {
        guard TextBounds.isIdentifier(name, upTo: 64) else { return "is no name of an attribute" }
        switch value {
        case .string(let text):
            let bounds = bounds[name] ?? 0...maximumText
            guard bounds.contains(text.count), TextBounds.isPlain(text, upTo: maximumText) else {
                return "must have \(bounds.lowerBound) to \(bounds.upperBound) characters and no control characters"
            }
            return name == "email" && !isAddress(text) ? "must be in the form of an email address" : nil
        case .array(let elements):
            guard bounds[name] == nil else { return "must be a text" }
            let isPlain = elements.allSatisfy { element in
                element.text.map { TextBounds.isPlain($0, upTo: maximumText) } ?? isNumberOrFlag(element)
            }
            return elements.count <= 100 && isPlain ? nil : "must be at most 100 texts or numbers"
        default:
            guard bounds[name] == nil else { return "must be a text" }
            return isNumberOrFlag(value) ? nil : "must be a text, a number, true or false, or a list of them"
        }
    }

    private static func isNumberOrFlag(_ value: ResourceValue) -> Bool {
        switch value {
        case .boolean, .integer, .decimal: true
        default: false
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(" ") }
    }
}
