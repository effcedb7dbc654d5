// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import Hummingbird
internal import ManagementQueries
internal import WireProtocol

/// `POST /api/v1/policies/simulate`: what the access policies of apps would say to somebody, and what they could not tell.
///
/// Okta's documentation has one question in the body and `{"evaluation": […]}` in the answer, its OpenAPI description and SDKs an array
/// of each: both are taken, and answered in kind. It changes nothing, so that reading policies suffices. The policies, and what they are
/// told of a person, are those of a sign-in.
struct SimulationRoute: Sendable {
    let gate: ManagementGate
    /// The apps that there are.
    let registry: ClientRegistry

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
            for question in questions { asked.append(try self.question(question)) }
            try await SystemPolicies.prepare(call.services)
            let evaluations = try await Self.evaluations(asked, call)
            if value.elements != nil { return ManagementAnswer(value: .array(evaluations.map(Self.listed))) }
            return ManagementAnswer(value: ["evaluation": .array(evaluations)])
        }
    }

    /// The question, about the policy of the app where it has one; else all policies are asked in their order, as if it had them.
    private func question(_ value: ResourceValue) throws -> SimulationQuestion {
        let bytes = try JSON.encode(value)
        var question: SimulationQuestion
        do { question = try SimulationQuestion.decode(bytes) } catch { throw ManagementError(error) }
        guard let id = question.appInstance else { return question }
        guard let client = registry.client(id) else { throw ManagementError.notFound(id, "AppInstance") }
        question.policyID = client.accessPolicy
        return question
    }

    private static func evaluations(
        _ questions: [SimulationQuestion], _ call: ManagementCall
    ) async throws -> [ResourceValue] {
        let now = call.now
        let source = call.services.policies
        return try await call.services.store.read { reader in
            let evaluator = try source.policies(in: reader).evaluator
            var evaluations: [ResourceValue] = []
            for question in questions {
                var user: AccessRequest.User?
                if let id = question.userID, let record = try reader.record(User.self, id: id) {
                    user = try source.person(record, in: reader)
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
