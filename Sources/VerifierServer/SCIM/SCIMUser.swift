// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries
internal import WireProtocol

/// A user as SCIM tells of them.
struct SCIMUser: Sendable {
    let user: User
    let groups: [GroupRecord]
    let base: String

    /// Attributes whose values are texts of the profile, by the profile's names.
    private static let texts = [
        "displayName": "displayName", "nickName": "nickName", "title": "title", "userType": "userType",
        "preferredLanguage": "preferredLanguage", "locale": "locale", "timezone": "timezone",
    ]
    private static let names = [
        "familyName": "lastName", "givenName": "firstName", "middleName": "middleName",
        "honorificPrefix": "honorificPrefix", "honorificSuffix": "honorificSuffix",
    ]
    private static let enterprise = [
        "employeeNumber", "costCenter", "organization", "division", "department",
    ]
    /// The attributes that have several values, and what the profile has of them: of each type that comes first the one value.
    private static let several = [
        "emails": ["email": "work"], "phoneNumbers": ["primaryPhone": "work", "mobilePhone": "mobile"],
    ]
    /// The most values of one of them.
    private static let maximumValues = 20

    /// A user and their groups in a store.
    init(_ user: User, base: String, in reader: any StoreReader) throws {
        self.user = user
        self.base = base
        groups = try GroupMembership.groups(of: user.id, in: reader).filter { !$0.isBuiltIn }
    }

    /// What a directory may change, as ``SCIMResourceType/normalized(_:)`` has it.
    var changeable: ResourceValue {
        let profile = UserProfile.members(of: user)
        var value: [String: ResourceValue] = [
            "userName": .string(user.username), "active": .boolean(user.status == .active),
        ]
        value["externalId"] = user.externalID.map { .string($0) }
        for (name, member) in Self.texts { value[name] = profile[member] }
        var parts: [String: ResourceValue] = [:]
        for (name, member) in Self.names { parts[name] = profile[member] }
        if !parts.isEmpty { value["name"] = .object(parts) }
        var employer: [String: ResourceValue] = [:]
        for name in Self.enterprise { employer[name] = profile[name] }
        employer["manager"] = profile["managerId"].map { ["value": $0] }
        if !employer.isEmpty { value[SCIMTypes.enterprise.id] = .object(employer) }
        for (name, members) in Self.several { value[name] = values(name, members, profile) }
        return .object(value)
    }

    /// The values that the directory sent, as long as the profile still has what follows from them.
    private func values(
        _ name: String, _ members: [String: String], _ profile: [String: ResourceValue]
    ) -> ResourceValue? {
        if let kept = user.directoryValues?[name],
            members.allSatisfy({ profile[$0.key] == Self.value(of: $0.value, in: kept, members) })
        {
            return kept
        }
        let elements = members.sorted { $0.key > $1.key }.compactMap { member, type -> ResourceValue? in
            guard let text = profile[member] else { return nil }
            return ["value": text, "type": .string(type), "primary": .boolean(type == "work")]
        }
        return elements.isEmpty ? nil : .array(elements)
    }

    /// The one value of a type that the profile gets: the primary one, or else the first of the type; for the type `work`, or else any
    /// that belongs to no other member.
    private static func value(of type: String, in values: ResourceValue?, _ members: [String: String])
        -> ResourceValue?
    {
        let elements = values?.elements ?? []
        func isOf(_ type: String) -> (ResourceValue) -> Bool {
            { $0["type"]?.text?.lowercased() == type }
        }
        let fitting = elements.filter(isOf(type))
        if let primary = fitting.first(where: { $0["primary"] == true }) ?? fitting.first {
            return primary["value"]
        }
        guard type == "work" else { return nil }
        let others = elements.filter { element in !members.values.contains { isOf($0)(element) } }
        return (others.first { $0["primary"] == true } ?? others.first)?["value"]
    }

    /// All that is told, but for the version.
    var value: ResourceValue {
        var value = changeable.members ?? [:]
        var schemas = [ResourceValue.string(SCIMTypes.user.schema.id)]
        if value[SCIMTypes.enterprise.id] != nil { schemas.append(.string(SCIMTypes.enterprise.id)) }
        value["schemas"] = .array(schemas)
        value["id"] = .string(user.id)
        if !groups.isEmpty {
            value["groups"] = .array(
                groups.map { group in
                    [
                        "value": .string(group.id), "$ref": .string("\(base)/Groups/\(group.id)"),
                        "display": .string(group.name),
                    ]
                })
        }
        value["meta"] = [
            "resourceType": "User", "created": UserResource.time(user.createdAt),
            "lastModified": UserResource.time(user.updatedAt ?? user.createdAt),
            "location": .string(location),
        ]
        return .object(value)
    }

    /// Where the user is.
    var location: String { "\(base)/Users/\(user.id)" }

    // MARK: - Changes

    /// What a resource says of a user, checked.
    struct Wanted: Sendable {
        var profile: UserProfile
        var externalID: String?
        var values: [String: ResourceValue]
        var isActive: Bool?

        /// Puts it into a user's record; the status is changed elsewhere, since that ends what it ends.
        func put(into user: inout User) {
            user.username = profile.login.text
            user.profile = profile.members
            user.displayName = profile.displayName
            user.externalID = externalID
            user.directoryValues = values.isEmpty ? nil : values
        }
    }

    /// Reads a resource of ``SCIMResourceType/normalized(_:)``. What it does not have is taken away, but for members of the profile that
    /// SCIM has no attribute for.
    ///
    /// - Throws: ``ManagementError`` where a value is not acceptable.
    static func wanted(_ value: ResourceValue, of user: User?) throws(ManagementError) -> Wanted {
        var members = user?.profile ?? [:]
        members["login"] = value["userName"]
        for (name, member) in texts { members[member] = value[name] }
        for (name, member) in names { members[member] = value["name"]?[name] }
        let employer = value[SCIMTypes.enterprise.id]
        for name in enterprise { members[name] = employer?[name] }
        members["managerId"] = employer?["manager"]?["value"]
        var kept: [String: ResourceValue] = [:]
        for (name, types) in several {
            let elements = value[name]?.elements ?? []
            guard elements.count <= maximumValues, elements.allSatisfy(isBounded) else {
                throw .invalid(name, "must be at most \(maximumValues) values of at most 256 bytes")
            }
            kept[name] = value[name]
            for (member, type) in types { members[member] = self.value(of: type, in: value[name], types) }
        }
        // A name that would be the same without being written down stays so.
        if user?.profile?["displayName"] == nil, let login = members["login"]?.text,
            members["displayName"]?.text == UserProfile.composedName(of: members, login: login)
        {
            members["displayName"] = nil
        }
        let externalID = value["externalId"]?.text
        guard externalID.map({ !$0.isEmpty && TextBounds.isPlain($0, upTo: 256) }) != false else {
            throw .invalid("externalId", "must have 1 to 256 bytes and no control characters")
        }
        return Wanted(
            profile: try UserProfile(.object(members)), externalID: externalID, values: kept,
            isActive: value["active"].map { $0 == true })
    }

    private static func isBounded(_ element: ResourceValue) -> Bool {
        (element.members ?? [:]).values.allSatisfy {
            $0.text.map { TextBounds.isPlain($0, upTo: 256) } ?? true
        }
    }

    /// The status that `active` brings a user into.
    ///
    /// Directories say `true` of everybody, again and again: whom an administrator suspended here stays suspended until one lifts that
    /// here.
    static func status(_ isActive: Bool?, of former: User.Status) -> User.Status {
        if isActive == true, former == .staged || former == .deactivated { return .active }
        if isActive == false, former == .active || former == .suspended { return .deactivated }
        return former
    }
}
