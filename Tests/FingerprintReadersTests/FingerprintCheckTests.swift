// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import FingerprintReaders
import TestSupport
import Testing

/// Against the real fprintd and libfprint with its virtual reader.
@Suite(.enabled(if: VirtualFingerprintReader.isInstalled, "needs dbus-daemon, fprintd and python3-dbusmock"))
struct FingerprintCheckTests {
    private func begun(_ reader: VirtualFingerprintReader) async throws -> FingerprintCheck {
        let check = FingerprintCheck(systemBusAt: reader.address)
        try await check.begin()
        return check
    }

    private func failure(
        _ setup: VirtualFingerprintReader.Setup
    ) async throws -> (begin: FingerprintReaderError?, survey: FingerprintReaderError?) {
        let reader = try VirtualFingerprintReader(setup)
        let check = FingerprintCheck(systemBusAt: reader.address)
        let begin = await #expect(throws: FingerprintReaderError.self) { try await check.begin() }
        let survey = await #expect(throws: FingerprintReaderError.self) { _ = try await check.enrolledFingers() }
        return (begin, survey)
    }

    @Test func theRightFingerIsRecognised() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        #expect(try await check.enrolledFingers() == ["right-index-finger"])
        reader.show("mine")
        #expect(try await check.next(within: .seconds(10)) == .recognized)
        await check.end()
        #expect(!reader.isClaimed)
    }

    @Test func aWrongFingerThenTheRightOne() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        reader.show("another")
        #expect(try await check.next(within: .seconds(10)) == .notRecognized(triesLeft: 4))
        #expect(reader.isClaimed)
        reader.show("mine")
        #expect(try await check.next(within: .seconds(10)) == .recognized)
    }

    @Test func afterFiveWrongFingersTheRightOneIsTooLate() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        for left in (1...4).reversed() {
            reader.show("another")
            #expect(try await check.next(within: .seconds(10)) == .notRecognized(triesLeft: left))
        }
        reader.show("another")
        let fifth = await #expect(throws: FingerprintReaderError.self) {
            _ = try await check.next(within: .seconds(10))
        }
        #expect(fifth?.code == .notRecognized)
        #expect(fifth?.message.contains("none of 5 fingers") == true)
        reader.show("mine")
        let sixth = await #expect(throws: FingerprintReaderError.self) {
            _ = try await check.next(within: .seconds(10))
        }
        #expect(sixth?.code == .notRecognized)
    }

    @Test(arguments: [(1, "swipe more slowly"), (2, "in the middle"), (3, "Lift the finger"), (0, "could not see")])
    func aFingerThatIsSeenBadlyCostsNoTry(_ retry: Int, _ advice: String) async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        reader.tell("RETRY \(retry)")
        guard case .again(let said) = try await check.next(within: .seconds(10)) else {
            Issue.record("the reader did not ask again")
            return
        }
        #expect(said.contains(advice))
        reader.show("another")
        #expect(try await check.next(within: .seconds(10)) == .notRecognized(triesLeft: 4))
    }

    @Test func aReaderThatFailsSaysSo() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        reader.tell("ERROR 0")
        let error = await #expect(throws: FingerprintReaderError.self) {
            _ = try await check.next(within: .seconds(10))
        }
        #expect(error?.code == .failed)
    }

    @Test func withoutAServiceTheReasonIsSaid() async throws {
        let errors = try await failure(.noService)
        #expect(errors.begin?.code == .noService && errors.survey?.code == .noService)
        #expect(errors.begin?.message.contains("fprintd") == true)
    }

    @Test func withoutABusTheReasonIsSaid() async throws {
        let check = FingerprintCheck(systemBusAt: "unix:path=/proc/nonexistent/bus")
        let error = await #expect(throws: FingerprintReaderError.self) { try await check.begin() }
        #expect(error?.code == .noService)
    }

    @Test func withoutAReaderTheReasonIsSaid() async throws {
        let errors = try await failure(.noReader)
        #expect(errors.begin?.code == .noReader && errors.survey?.code == .noReader)
    }

    @Test func withoutAnEnrolledFingerTheReasonIsSaid() async throws {
        let errors = try await failure(.noFinger)
        #expect(errors.begin?.code == .noFingerEnrolled && errors.survey?.code == .noFingerEnrolled)
        #expect(errors.begin?.message.contains("fprintd-enroll") == true)
    }

    @Test func whoMayNotUseTheReaderIsTold() async throws {
        let errors = try await failure(.notPermitted)
        #expect(errors.begin?.code == .notPermitted && errors.survey?.code == .notPermitted)
    }

    @Test func aReaderThatAnotherProgramClaimedIsInUse() async throws {
        let reader = try VirtualFingerprintReader()
        reader.claimElsewhere()
        let check = FingerprintCheck(systemBusAt: reader.address)
        let error = await #expect(throws: FingerprintReaderError.self) { try await check.begin() }
        #expect(error?.code == .inUse)
    }

    /// fprintd says something of a look that was broken off, too.
    @Test func whoComesTooLateStillHasAllTries() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        for _ in 0..<2 {
            await #expect(throws: FingerprintReaderError.self) { _ = try await check.next(within: .milliseconds(100)) }
        }
        reader.show("another")
        #expect(try await check.next(within: .seconds(10)) == .notRecognized(triesLeft: 4))
        reader.show("mine")
        #expect(try await check.next(within: .seconds(10)) == .recognized)
    }

    @Test func nobodyComing() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        let error = await #expect(throws: FingerprintReaderError.self) {
            _ = try await check.next(within: .milliseconds(300))
        }
        #expect(error?.code == .timedOut)
    }

    @Test func cancellingEndsTheWaitAndGivesTheReaderBack() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        let waiting = Task { try await check.next(within: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(300))
        let cancelled = ContinuousClock.now
        waiting.cancel()
        let error = await #expect(throws: FingerprintReaderError.self) { _ = try await waiting.value }
        #expect(error?.code == .cancelled)
        #expect(ContinuousClock.now - cancelled < .seconds(3))
        await check.end()
        #expect(!reader.isClaimed)
    }

    @Test func aCheckThatIsDroppedGivesTheReaderBack() async throws {
        let reader = try VirtualFingerprintReader()
        do { _ = try await begun(reader) }
        #expect(!reader.isClaimed)
    }

    @Test func aServiceThatEndsIsMissed() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        let waiting = Task { try await check.next(within: .seconds(30)) }
        try await Task.sleep(for: .milliseconds(300))
        reader.stopService()
        let error = await #expect(throws: FingerprintReaderError.self) { _ = try await waiting.value }
        #expect(error?.code == .removed)
    }

    @Test func aReaderThatIsUnpluggedIsMissed() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        let waiting = Task { try await check.next(within: .seconds(20)) }
        try await Task.sleep(for: .milliseconds(300))
        reader.tell("UNPLUG")
        let error = await #expect(throws: FingerprintReaderError.self) { _ = try await waiting.value }
        #expect(error?.code == .removed)
    }

    /// The system bus lets every user send signals to everybody.
    @Test func aMatchThatAnotherProgramTellsOfIsNoMatch() async throws {
        let reader = try VirtualFingerprintReader()
        let check = try await begun(reader)
        let waiting = Task { try await check.next(within: .seconds(3)) }
        try await Task.sleep(for: .milliseconds(300))
        reader.forgeMatch()
        let error = await #expect(throws: FingerprintReaderError.self) { _ = try await waiting.value }
        #expect(error?.code == .timedOut)
        reader.show("mine")
        #expect(try await check.next(within: .seconds(10)) == .recognized)
    }
}
