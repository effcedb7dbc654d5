// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DevicePosture
import Testing

@testable import PostureHelper

@Suite struct AdmissionTests {
    private let start = ContinuousClock.now

    private func admission(_ change: (inout Admission.Limits) -> Void = { _ in }) -> Admission {
        var limits = Admission.Limits()
        change(&limits)
        return Admission(limits: limits) { $0 != 33 }
    }

    private func refusal(_ admission: Admission, _ user: UInt32, after seconds: Int = 0) -> HelperRefusal? {
        do throws(Admission.Refused) {
            try admission.enter(user, at: start + .seconds(seconds))
            return nil
        } catch {
            return error.refusal
        }
    }

    @Test("a user who is not to be served is refused") func notServed() {
        #expect(refusal(admission(), 33) == .notServed)
        #expect(refusal(admission(), 1000) == nil)
    }

    @Test("a user's third open connection is refused, another user's first is not") func openConnections() {
        let admission = admission()
        #expect(refusal(admission, 1000) == nil)
        #expect(refusal(admission, 1000) == nil)
        #expect(refusal(admission, 1000) == .busy)
        #expect(refusal(admission, 1001) == nil)
        admission.leave(1000)
        #expect(refusal(admission, 1000) == nil)
        #expect(admission.open == 3)
    }

    @Test("all users together have a bound") func allConnections() {
        let admission = admission { $0.connections = 3 }
        for user in 1000..<1003 as Range<UInt32> { #expect(refusal(admission, user) == nil) }
        #expect(refusal(admission, 1003) == .busy)
    }

    @Test("who asks too often waits; one question comes back with each interval") func rate() {
        let admission = admission { $0.burst = 3 }
        for _ in 0..<3 {
            #expect(refusal(admission, 1000) == nil)
            admission.leave(1000)
        }
        #expect(refusal(admission, 1000) == .tooOften)
        #expect(refusal(admission, 1001) == nil)
        #expect(refusal(admission, 1000, after: 1) == nil)
        admission.leave(1000)
        #expect(refusal(admission, 1000, after: 1) == .tooOften)
        for _ in 0..<3 {
            #expect(refusal(admission, 1000, after: 60) == nil)
            admission.leave(1000)
        }
        #expect(refusal(admission, 1000, after: 60) == .tooOften)
    }

    @Test("who is not served spends questions as well, so that nobody fills the log") func refusalsCount() {
        let admission = admission { $0.burst = 2 }
        #expect(refusal(admission, 33) == .notServed)
        #expect(refusal(admission, 33) == .notServed)
        #expect(refusal(admission, 33) == .tooOften)
    }

    @Test("a refusal is news once until the user has paused") func news() {
        let admission = admission { $0.burst = 1 }
        func isNews(after seconds: Int) -> Bool? {
            do throws(Admission.Refused) {
                try admission.enter(33, at: start + .seconds(seconds))
                return nil
            } catch {
                return error.isNews
            }
        }
        #expect(isNews(after: 0) == true)
        #expect(isNews(after: 0) == false)
        #expect(isNews(after: 100) == true)
    }

    @Test("the table of users has a bound, and forgets those who have paused") func users() {
        let admission = admission { $0.users = 2 }
        #expect(refusal(admission, 1000) == nil)
        #expect(refusal(admission, 1001) == nil)
        #expect(refusal(admission, 1002) == .busy)
        admission.leave(1000)
        #expect(refusal(admission, 1002, after: 60) == nil)
        #expect(admission.open == 2)
    }
}
