// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPSClient
internal import Logging

/// Asks OCSP responders about certificates (RFC 6960 appendix A.1), and remembers their answers as long as those say that they count.
///
/// Plain HTTP is spoken, as most responders do: answers are signed. No redirect is followed. Who does not answer in five seconds,
/// or sends more than an answer can have, has not answered: what that means is for the policy.
struct OCSPResponders: Sendable {
    /// How long one exchange may take, in milliseconds.
    static let timeoutMillis = 5_000
    /// How many answers are remembered.
    static let maximumKept = 1_000

    private struct Kept: Sendable {
        let response: OCSPResponse
        let until: Int64
    }

    private let client = HTTPSClient(
        .init(
            connectTimeoutMillis: timeoutMillis, maximumResponseBytes: OCSPResponse.maximumLength, allowsPlainHTTP: true
        ))
    private let kept = BoundedCache<[UInt8], Kept>(limit: maximumKept)
    private let logger = Logger(label: "verifier")

    /// The answers that count, in no order; the responders are asked at the same time.
    ///
    /// - Parameter now: seconds since 1970.
    func answers(to queries: [OCSPQuery], at now: Int64) async -> [OCSPResponse] {
        await withTaskGroup { group in
            for query in queries { group.addTask { await answer(to: query, at: now) } }
            return await group.reduce(into: []) { answers, answer in
                if let answer { answers.append(answer) }
            }
        }
    }

    private func answer(to query: OCSPQuery, at now: Int64) async -> OCSPResponse? {
        let name = query.request + Array(query.url.utf8)
        // A remembered answer is checked again: the query knows under which anchors it has to count.
        if let known = kept[name], now < known.until, query.answer(in: known.response, at: now) != nil {
            return known.response
        }
        do {
            let response = try await ask(query)
            switch query.answer(in: response, at: now) {
            case .good(let until?): kept.remember(Kept(response: response, until: until), for: name)
            // Without such a time there is always something newer (RFC 6960 §4.2.2.1); and nobody asks often about a revoked card.
            case .good(nil), .revoked: break
            case nil: throw Unusable(reason: "the answer is out of time, or not its issuer's")
            }
            return response
        } catch {
            logger.warning("whether a card was revoked could not be learnt from \(query.url): \(error)")
            return nil
        }
    }

    private func ask(_ query: OCSPQuery) async throws -> OCSPResponse {
        let response = try await client.send(
            HTTPSRequest(
                .post, query.url,
                headers: ["Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"],
                body: query.request, timeoutMillis: Self.timeoutMillis))
        guard response.status == 200 else { throw Unusable(reason: "its status is \(response.status)") }
        guard let answer = try? OCSPResponse(der: response.body) else {
            throw Unusable(reason: "what it sent is no answer, or a refusal to answer")
        }
        return answer
    }

    private struct Unusable: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }
}
