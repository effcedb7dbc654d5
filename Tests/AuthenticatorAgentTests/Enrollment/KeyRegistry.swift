// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TestSupport
import WireProtocol

/// The keys that a stub of a verifier has of one enrolment.
final class KeyRegistry: Sendable {
    private struct State {
        var keys: [EnrolledKeyList.Entry] = []
        var posts = 0
        var attested: [String: Bool] = [:]
        var attestsNewKeys: Bool?
    }

    private let state = Mutex(State())

    /// The keys' ids.
    var ids: Set<String> { state.withLock { Set($0.keys.map(\.id)) } }

    /// Loses a key, as by an administrator's hand.
    func lose(_ id: String) { state.withLock { $0.keys.removeAll { $0.id == id } } }

    /// Lists a key.
    func list(_ id: String, as keyType: ResponseKeyType) {
        state.withLock { $0.keys.append(.init(id: id, keyType: keyType, createdAt: 3)) }
    }

    /// Says of a key from now on whether it is attested; `nil` for nothing.
    func say(_ attested: Bool?, of id: String) { state.withLock { $0.attested[id] = attested } }

    /// Says of each key that is enrolled from now on whether it is attested; `nil` for nothing.
    func sayOfNewKeys(_ attested: Bool?) { state.withLock { $0.attestsNewKeys = attested } }

    /// The keys, with what is said of each.
    var entries: [EnrolledKeyList.Entry] {
        state.withLock { state in
            state.keys.map { key in
                var key = key
                key.attested = state.attested[key.id]
                return key
            }
        }
    }

    /// Takes the keys of an enrolment, in place of all others.
    func enroll(_ keys: EnrollmentRequest.Keys) {
        let possession = keys.proofOfPossession.keyID.map { ($0, ResponseKeyType.proofOfPossession) }
        let verification = keys.userVerification?.keyID.map { ($0, ResponseKeyType.userVerification) }
        state.withLock { state in
            state.keys = [possession, verification].compactMap(\.self).map {
                .init(id: $0.0, keyType: $0.1, createdAt: 1)
            }
            for key in state.keys { state.attested[key.id] = state.attestsNewKeys }
        }
    }

    func answer(to request: StubHTTPServer.Request, _ script: StubVerifier.Script) -> StubHTTPServer.Answer? {
        switch request.method {
        case "POST": add(request, script)
        case "GET": script.keyList() ?? .init(200, body: body(EnrolledKeyList(keys: entries)))
        case "DELETE": remove(request, script)
        default: .init(405)
        }
    }

    private func add(_ request: StubHTTPServer.Request, _ script: StubVerifier.Script) -> StubHTTPServer.Answer? {
        guard let posted = try? JSON.decode(AddKeyRequest.self, from: Array(request.body.utf8)),
            let id = posted.key.keyID
        else { return .init(400) }
        let number = state.withLock { state in
            defer { state.posts += 1 }
            return state.posts
        }
        let scripted = script.addition(number)
        if scripted == nil || script.makesItAllTheSame {
            state.withLock { state in
                guard !state.keys.contains(where: { $0.id == id }) else { return }
                state.keys.append(.init(id: id, keyType: posted.keyType, createdAt: 2))
                state.attested[id] = state.attestsNewKeys
            }
        }
        return scripted ?? .init(200, body: body(AddKeyResponse(id: id, attested: state.withLock { $0.attested[id] })))
    }

    private func remove(_ request: StubHTTPServer.Request, _ script: StubVerifier.Script) -> StubHTTPServer.Answer? {
        if let scripted = script.keyRemoval() { return scripted }
        let id = request.path.split(separator: "/").last.map(String.init) ?? ""
        guard ids.contains(id) else { return StubVerifier.refused(404, .notFound) }
        lose(id)
        return .init(204)
    }

    private func body(_ value: some Encodable) -> String {
        String(decoding: (try? JSON.encode(value)) ?? [], as: UTF8.self)
    }
}
