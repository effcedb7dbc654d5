// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import ExpressionLanguage
internal import Hummingbird
internal import ManagementQueries
internal import WireProtocol

/// `POST /api/v1/policies/simulate`: what the access policies of apps would say to somebody, and what they could not tell.
///
/// Okta's documentation has one question in the body and `{"evaluation": […]}` in the answer, its OpenAPI description and SDKs an array
/// of each: both are taken, and answered in kind. It changes nothing, so that reading policies suffices.
struct SimulationRoute: Sendable {
    let gate: ManagementGate

    /// The most questions of one request.
    private static let maximumQuestions = 50

    func add(to router: Router<VerifierRequestContext>) {
        gate.on(router, .post, "/policies/simulate", scope: APIScope(.policies, isManage: false)) { call in
            let (_, value) = try await call.document(orArray: true)
            let questions = value.elements ?? [value]
            guard (1...Self.maximumQuestions).contains(questions.count) else {
                throw ManagementError.validation("ask 1 to \(Self.maximumQuestions) questions")
            }
            var asked: [SimulationQuestion] = []
            for question in questions { asked.append(try Self.question(question)) }
            try await SystemPolicies.prepare(call.services)
            let evaluations = try await Self.evaluations(asked, call)
            if value.elements != nil { return ManagementAnswer(value: .array(evaluations.map(Self.listed))) }
            return ManagementAnswer(value: ["evaluation": .array(evaluations)])
        }
    }

    private static func question(_ value: ResourceValue) throws -> SimulationQuestion {
        let bytes = try JSON.encode(value)
        do { return try SimulationQuestion.decode(bytes) } catch { throw ManagementError(error) }
    }

    private static func evaluations(
        _ questions: [SimulationQuestion], _ call: ManagementCall
    ) async throws -> [ResourceValue] {
        let issuer = call.services.settings.issuer
        let now = call.now
        return try await call.services.store.read { reader in
            let evaluator = AccessPolicyEvaluator(
                policies: try KeptPolicies.accessPolicies(issuer: issuer, in: reader).filter {
                    $0.resourceType == .app
                },
                zones: try KeptPolicies.zones(issuer: issuer, in: reader))
            var evaluations: [ResourceValue] = []
            for question in questions {
                var user: AccessRequest.User?
                if let id = question.userID, let record = try reader.record(User.self, id: id) {
                    user = AccessRequest.User(record, groups: try GroupMembership.groups(of: id, in: reader))
                }
                let found = user
                let simulation = evaluator.simulate(question, now: now) { _ in found }
                for evaluation in simulation.evaluation {
                    evaluations.append(try JSON.decode(ResourceValue.self, from: try JSON.encode(evaluation)))
                }
            }
            return evaluations
        }
    }

    /// An evaluation as Okta's OpenAPI description has it: the type is an array there.
    private static func listed(_ evaluation: ResourceValue) -> ResourceValue {
        guard var members = evaluation.members, let type = members["policyType"] else { return evaluation }
        members["policyType"] = [type]
        return .object(members)
    }
}

extension AccessRequest.User {
    /// A user and their groups, as policies ask for them.
    init(_ user: User, groups: [GroupRecord]) {
        self.init(id: user.id, groups: groups.map(AccessRequest.Group.init))
        let value = UserResource(user: user, issuer: "").value
        profile = (value["profile"]?.members ?? [:]).mapValues(ExpressionValue.init)
        attributes["status"] = value["status"].map(ExpressionValue.init)
        type = value["type"]?["id"]?.text
    }
}

extension AccessRequest.Group {
    /// A group, as policies ask for it.
    init(_ group: GroupRecord) {
        self.init(id: group.id, name: group.name, type: group.isBuiltIn ? .builtIn : .native)
    }
}

extension ExpressionValue {
    /// The value of an expression that a value of JSON stands for.
    init(_ value: ResourceValue) {
        switch value {
        case .null: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .integer(let number): self = Int32(exactly: number).map { .integer($0) } ?? .long(number)
        case .decimal(let number): self = .decimal(number)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map(ExpressionValue.init))
        case .object(let members): self = .map(ExpressionMap(members.map { ($0.key, ExpressionValue($0.value)) }))
        }
    }
}
