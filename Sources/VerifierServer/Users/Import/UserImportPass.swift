// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CommaSeparatedValues
internal import Cryptography
internal import ManagementQueries

/// One import within its transaction: what was seen so far, and what it came to.
struct UserImportPass {
    var report = UserImportReport()
    private(set) var events: [AuditEvent] = []

    private let writer: any StoreWriter
    private let makesGroups: Bool
    private let now: Int64
    private var groups: [String: GroupRecord] = [:]
    /// The users of the table, by name: with the line of each.
    private var seen: [String: Int] = [:]

    init(_ writer: any StoreWriter, makesGroups: Bool, at now: Int64) throws {
        self.writer = writer
        self.makesGroups = makesGroups
        self.now = now
        for group in try writer.all(GroupRecord.self) { groups[group.name.lowercased()] = group }
    }

    /// That values of a row cannot be followed.
    private struct Refusal: Error {
        var problems: [UserImportReport.Problem]
    }

    /// Follows a row, and reports of it.
    mutating func take(_ row: UserRow) throws {
        var line = UserImportReport.Row(line: row.login.line, login: row.login.text, outcome: .unchanged)
        do { line.outcome = try follow(row) } catch let refusal as Refusal {
            line.outcome = .refused
            line.problems = refusal.problems
        } catch let error as ManagementError {
            line.outcome = .refused
            line.problems = Self.problems(error, row)
        }
        report.rows.append(line)
    }

    /// Deactivates those who are not in the table.
    mutating func deactivateMissing() throws {
        let users = try writer.all(User.self).filter { user in
            seen[user.username] == nil && user.status != .deactivated && user.status != .deleted
        }
        for var user in users.sorted(by: { $0.username < $1.username }) {
            try UserDirectory.set(&user, to: .deactivated, at: now, in: writer)
            events.append(AuditEvent(.userDeactivate, outcome: .success, targets: [.user(user)]))
            report.missing.append(user.username)
        }
    }

    // MARK: - One row

    private mutating func follow(_ row: UserRow) throws -> UserImportReport.Outcome {
        guard let login = Username(row.login.text) else {
            throw Self.refusal(.login, row, "must be 1 to 100 ASCII letters, digits or any of . _ - + @")
        }
        if let line = seen[login.text] { throw Self.refusal(.login, row, "is in line \(line) already") }
        seen[login.text] = row.login.line
        let former = try UserDirectory.user(named: login, in: writer)
        let status = try Self.status(row, former)
        let wanted = try wantedGroups(row)
        let before = events.count
        var user = try former.map { try updated($0, row) } ?? made(login, row, status: status ?? .active)
        if let status, user.status != status {
            try UserDirectory.set(&user, to: status, at: now, in: writer)
            events.append(AuditEvent(Self.event(status), outcome: .success, targets: [.user(user)]))
        }
        if let wanted { try setGroups(wanted, of: user) }
        if former == nil { return .created }
        return events.count > before ? .updated : .unchanged
    }

    private mutating func made(_ login: Username, _ row: UserRow, status: User.Status) throws -> User {
        let profile = try UserProfile(.object(Self.members(row, of: nil, login)))
        var user = User(
            id: try SecureRandom.identifier(prefix: "00u"), username: login.text, displayName: profile.displayName,
            status: status, createdAt: now)
        user.profile = profile.members
        user.updatedAt = now
        user.activatedAt = status == .active ? now : nil
        try writer.insert(user)
        events.append(AuditEvent(.userCreate, outcome: .success, targets: [.user(user)]))
        return user
    }

    private mutating func updated(_ former: User, _ row: UserRow) throws -> User {
        guard let login = Username(former.username) else { return former }
        let members = Self.members(row, of: former, login)
        guard members != UserProfile.members(of: former) else { return former }
        let profile = try UserProfile(.object(members))
        var user = former
        user.profile = profile.members
        user.displayName = profile.displayName
        user.updatedAt = now
        try writer.save(user)
        events.append(AuditEvent(.userUpdate, outcome: .success, targets: [.user(user)]))
        return user
    }

    /// The profile that a row wants: an empty value takes a member away, a column that is not there changes none.
    private static func members(_ row: UserRow, of user: User?, _ login: Username) -> [String: ResourceValue] {
        var members = user.map(UserProfile.members(of:)) ?? ["login": .string(login.text)]
        let hadName = members["displayName"] != nil
        for column in UserColumn.profile {
            guard let text = row.fields[column]?.text else { continue }
            members[column.rawValue] = text.isEmpty ? nil : .string(text)
        }
        // A name that would be the same without being written down stays so.
        if !hadName, members["displayName"]?.text == UserProfile.composedName(of: members, login: login.text) {
            members["displayName"] = nil
        }
        return members
    }

    private static func status(_ row: UserRow, _ former: User?) throws -> User.Status? {
        guard let text = row.fields[.status]?.text.lowercased(), !text.isEmpty else { return nil }
        let status: User.Status? = text == "deprovisioned" ? .deactivated : User.Status(rawValue: text)
        guard let status, status != .deleted else {
            throw refusal(.status, row, "must be active, staged, suspended or deactivated")
        }
        if status == .staged, let former, former.status != .staged {
            throw refusal(.status, row, "nobody is staged again who was active before")
        }
        return status
    }

    private static func event(_ status: User.Status) -> AuditEventType {
        switch status {
        case .suspended: .userSuspend
        case .deactivated: .userDeactivate
        case .active, .staged, .deleted: .userActivate
        }
    }

    // MARK: - Groups

    /// The groups that a row puts its user into; `nil` where it says nothing about them.
    private mutating func wantedGroups(_ row: UserRow) throws -> [GroupRecord]? {
        guard let text = row.fields[.groups]?.text else { return nil }
        guard let names = UserRow.groupNames(text) else {
            throw Self.refusal(
                .groups, row, "must be names with semicolons between them; write \\; for a semicolon in a name")
        }
        var wanted: [GroupRecord] = []
        for name in names {
            let group = try groups[name.lowercased()] ?? made(name, row)
            // Everybody is in it, whether or not it is named.
            if !group.isBuiltIn { wanted.append(group) }
        }
        return wanted
    }

    private mutating func made(_ name: String, _ row: UserRow) throws -> GroupRecord {
        guard makesGroups else { throw Self.refusal(.groups, row, "there is no group '\(name)'") }
        do {
            try GroupDirectory.check(name: name, description: nil)
            let (group, event) = try GroupDirectory.insert(name: name, description: nil, at: now, in: writer)
            groups[name.lowercased()] = group
            events.append(event)
            return group
        } catch let error as ManagementError {
            throw Self.refusal(.groups, row, error.causes.first ?? error.summary)
        }
    }

    private mutating func setGroups(_ wanted: [GroupRecord], of user: User) throws {
        let current = try GroupMembership.groups(of: user.id, in: writer).filter { !$0.isBuiltIn }
        for group in current where !wanted.contains(where: { $0.id == group.id }) {
            try set(user, in: group, isMember: false)
        }
        for group in wanted where !current.contains(where: { $0.id == group.id }) {
            try set(user, in: group, isMember: true)
        }
    }

    private mutating func set(_ user: User, in group: GroupRecord, isMember: Bool) throws {
        let event = try GroupDirectory.set(user, in: group, isMember: isMember, at: now, in: writer)
        if let event { events.append(event) }
    }

    // MARK: - Refusals

    private static func refusal(_ column: UserColumn, _ row: UserRow, _ reason: String) -> Refusal {
        Refusal(problems: [problem(column, row, reason)])
    }

    private static func problem(_ column: UserColumn, _ row: UserRow, _ reason: String) -> UserImportReport.Problem {
        let place = row.fields[column] ?? row.login
        return UserImportReport.Problem(
            name: column.rawValue, line: place.line, column: place.column, reason: reason)
    }

    /// The problems of a profile, whose causes begin with the name of the member.
    private static func problems(_ error: ManagementError, _ row: UserRow) -> [UserImportReport.Problem] {
        (error.causes.isEmpty ? [error.summary] : error.causes).map { cause in
            let parts = cause.split(separator: ": ", maxSplits: 1).map(String.init)
            guard parts.count == 2, let column = UserColumn(rawValue: parts[0]) else {
                return problem(.login, row, cause)
            }
            return problem(column, row, parts[1])
        }
    }
}
