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

    /// Takes the keys of an enrolment, in place of all others.
    func enroll(_ keys: EnrollmentRequest.Keys) {
        let possession = keys.proofOfPossession.keyID.map { ($0, ResponseKeyType.proofOfPossession) }
        let verification = keys.userVerification?.keyID.map { ($0, ResponseKeyType.userVerification) }
        state.withLock { state in
            state.keys = [possession, verification].compactMap(\.self).map {
                .init(id: $0.0, keyType: $0.1, createdAt: 1)
            }
        }
    }

    func answer(to request: StubHTTPServer.Request, _ script: StubVerifier.Script) -> StubHTTPServer.Answer? {
        switch request.method {
        case "POST": add(request, script)
        case "GET": script.keyList() ?? .init(200, body: body(EnrolledKeyList(keys: state.withLock { $0.keys })))
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
            }
        }
        return scripted ?? .init(200, body: body(AddKeyResponse(id: id)))
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
