// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import Logging
internal import WireProtocol

/// A challenge as it was brought.
struct ChallengeSubmission: Sendable {
    let compact: String
    let bearer: ChallengeBearer
}

/// Answers challenges: decides for each request whether it is checked, joined, superseding or refused, and conducts what is
/// taken up.
///
/// It lives on the event loop of the loopback server, which calls it without waiting.
actor ChallengeResponder {
    let parts: ResponderParts
    let settings: ResponderSettings
    private var requests: [UInt64: Request] = [:]
    private(set) var exchanges: [ChallengeUse: Exchange] = [:]
    private var openPrompt: Exchange?
    private var used = UsedChallenges(now: .now)
    private var recent: RecentAnswers
    private var promptRate: TokenBuckets<Origin>
    private var linkPromptRate: TokenBuckets<Bool>
    private var badChallengeRate: TokenBuckets<String>
    private var reportRate: TokenBuckets<String>
    private var reportsUnderWay = 0
    /// The last number of a link's request: far from those that the loopback counts up from one.
    private var lastLinkID = UInt64.max / 2
    /// The links that wait for an answer, by their requests' numbers.
    var waitingLinks: [UInt64: FirstAnswer<LoopbackAnswer>] = [:]

    /// The most reports that are sent at one time.
    private static let maximumReports = 4

    private struct Request {
        let bearer: ChallengeBearer
        let reply: @Sendable (LoopbackAnswer) -> Void
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { parts.executor.asUnownedSerialExecutor() }

    init(parts: ResponderParts, settings: ResponderSettings) {
        self.parts = parts
        self.settings = settings
        recent = RecentAnswers(window: settings.joinWindow)
        promptRate = TokenBuckets(burst: settings.prompts.burst, every: settings.prompts.interval)
        linkPromptRate = TokenBuckets(burst: settings.linkPrompts.burst, every: settings.linkPrompts.interval)
        badChallengeRate = TokenBuckets(burst: settings.badChallenges.burst, every: settings.badChallenges.interval)
        reportRate = TokenBuckets(burst: settings.relayReports.burst, every: settings.relayReports.interval)
    }

    /// Takes a request.
    ///
    /// - Parameter id: the request's number, with which ``abandon(_:)`` names it.
    /// - Parameter reply: called once, on the event loop, unless the request is abandoned before.
    func receive(
        _ submission: ChallengeSubmission, id: UInt64, reply: @escaping @Sendable (LoopbackAnswer) -> Void
    ) {
        requests[id] = Request(bearer: submission.bearer, reply: reply)
        guard badChallengeRate.allows(submission.bearer.name) else {
            return answer(id, .tooManyRequests("this page sent too many challenges that are not for this agent"))
        }
        Task(executorPreference: parts.executor) { await self.check(submission, id) }
    }

    /// A number for a request that a link makes.
    func nextLinkID() -> UInt64 {
        lastLinkID += 1
        return lastLinkID
    }

    /// The connection of a request is gone.
    func abandon(_ id: UInt64) {
        guard requests.removeValue(forKey: id) != nil,
            let exchange = exchanges.values.first(where: { $0.waiting[id] != nil })
        else { return }
        exchange.leave(id)
        guard let since = exchange.orphanedSince else { return }
        Task {
            try? await Task.sleep(for: self.settings.grace)
            if exchange.orphanedSince == since { exchange.end(.withdrawn) }
        }
    }

    /// Whether a prompt is open.
    var isPrompting: Bool { openPrompt != nil }

    private func answer(_ id: UInt64, _ answer: LoopbackAnswer) {
        waitingLinks[id] = nil
        requests.removeValue(forKey: id)?.reply(answer)
    }

    private func check(_ submission: ChallengeSubmission, _ id: UInt64) async {
        let arrived = ContinuousClock.now
        do throws(ChallengeRefusal) {
            take(try await parts.checks.accept(submission.compact, from: submission.bearer.originHeader), id)
        } catch {
            await refuse(error, submission, id, arrived)
        }
    }

    private func refuse(
        _ refusal: ChallengeRefusal, _ submission: ChallengeSubmission, _ id: UInt64,
        _ arrived: ContinuousClock.Instant
    ) async {
        switch refusal {
        case .foreignOrigin(let relayed):
            report(relayed)
        case .notForThisAgent:
            _ = badChallengeRate.take(submission.bearer.name)
            // Whatever was found out on the way, and however long it took, the answer comes at the same time.
            try? await Task.sleep(until: arrived + settings.refusalDelay, clock: .continuous)
        case .malformed, .outOfTime:
            _ = badChallengeRate.take(submission.bearer.name)
        }
        answer(id, refusal.answer)
    }

    /// Takes up a challenge for which every check holds, if it is new.
    private func take(_ accepted: AcceptedChallenge, _ id: UInt64) {
        guard let request = requests[id] else { return }
        let now = ContinuousClock.now
        let use = ChallengeUse(hash: accepted.challenge.hash, origin: accepted.origin)
        if let exchange = exchanges[use] { return exchange.join(id, request.bearer) }
        if let known = recent.answer(to: use, now: now) { return answer(id, known) }
        guard !used.contains(use) else {
            return answer(id, .unauthorized("challenge_used", "the challenge was used before; start the sign-in again"))
        }
        if let open = openPrompt, open.accepted.isOfSamePage(as: accepted) {
            open.end(.superseded)
            openPrompt = nil
        }
        let plan = ResponsePlan(for: accepted.claims, to: accepted.enrollment, alwaysAsks: accepted.isByLink)
        if plan.prompts {
            guard openPrompt == nil else {
                return answer(id, .tooManyRequests("another sign-in is waiting for an answer; answer it first"))
            }
            guard accepted.origin.map({ promptRate.take($0) }) ?? linkPromptRate.take(true) else {
                return answer(id, .tooManyRequests("this page asks too often; wait a minute"))
            }
        }
        guard used.record(use, now: now) else {
            return answer(id, .tooManyRequests("too many sign-ins; wait some minutes"))
        }
        begin(Exchange(use: use, accepted: accepted, plan: plan), id, request.bearer)
    }

    private func begin(_ exchange: Exchange, _ id: UInt64, _ bearer: ChallengeBearer) {
        exchanges[exchange.use] = exchange
        exchange.join(id, bearer)
        if exchange.plan.prompts { openPrompt = exchange }
        // Nothing on the way blocks but what has a thread of its own, and no other thread has to wake up.
        Task {
            let result = await withTaskExecutorPreference(parts.executor) { await self.conduct(exchange) }
            self.finish(exchange, result)
        }
    }

    /// The prompt of an exchange is over: another may open.
    func promptEnded(_ exchange: Exchange) {
        if openPrompt === exchange { openPrompt = nil }
    }

    private func finish(_ exchange: Exchange, _ result: LoopbackAnswer?) {
        promptEnded(exchange)
        exchanges[exchange.use] = nil
        if let result {
            recent.record(result, to: exchange.use, now: .now)
        } else {
            // Nobody saw an answer and nothing was sent: the page may come again with the same challenge.
            used.forget(exchange.use)
        }
        for id in exchange.waiting.keys { answer(id, result ?? .notForThisAgent) }
    }

    /// Tells the verifier of a page that relayed its challenge. Nothing is asked and no signal is read.
    private func report(_ relayed: RelayedChallenge) {
        parts.logger.warning(
            "a page of a foreign origin brought a challenge", metadata: ["origin": "\(relayed.originHeader)"])
        guard reportsUnderWay < Self.maximumReports, reportRate.take(relayed.originHeader) else { return }
        reportsUnderWay += 1
        Task {
            let answer = await self.refuse(
                relayed.challenge, of: relayed.enrollment, originHeader: relayed.originHeader, saying: .phishingDetected
            )
            self.reportsUnderWay -= 1
            if answer.status != 200 {
                self.parts.logger.error("the relay could not be reported: \(answer.error?.message ?? "")")
            }
        }
    }
}

extension AcceptedChallenge {
    /// Whether another challenge is of the same organisation and origin. Of links nobody knows the page: none takes another's place, or any
    /// page could change what the person is just about to agree to.
    func isOfSamePage(as other: AcceptedChallenge) -> Bool {
        claims.organizationID == other.claims.organizationID && claims.issuer == other.claims.issuer
            && origin != nil && origin == other.origin
    }
}
