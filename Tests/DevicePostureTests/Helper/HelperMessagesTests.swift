// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import FoundationEssentials
import Testing

@testable import DevicePosture

/// What agent and posture helper say to each other.
@Suite struct HelperMessagesTests {
    private func refusal(of bytes: [UInt8]) -> HelperRefusal? {
        do throws(HelperRefusal) {
            _ = try HelperRequest(parsing: bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test("every question has an ASCII letter of its own, and its own signals") func menu() {
        let letters = PostureQuestion.allCases.map(\.rawValue)
        #expect(letters.allSatisfy { $0.isASCII && $0.isLetter })
        #expect(letters.count <= HelperRequest.maximumQuestions)
        let signals = PostureQuestion.allCases.flatMap(\.signals)
        #expect(Set(signals).count == signals.count)
        #expect(PostureQuestion.allCases.allSatisfy { !$0.signals.isEmpty })
    }

    @Test(
        "every question is described, and what it reveals is reviewed",
        arguments: ["docs/posture-helper.md", "docs/threat-model.md"])
    func reviewed(page: String) throws {
        var folder = #filePath.split(separator: "/").dropLast()
        while !folder.isEmpty,
            !FileManager.default.fileExists(atPath: "/\(folder.joined(separator: "/"))/\(page)")
        {
            folder.removeLast()
        }
        let path = "/\(folder.joined(separator: "/"))/\(page)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.dropFirst(4).hasPrefix("` |") }
        #expect(Set(rows.compactMap { $0.dropFirst(3).first }) == Set(PostureQuestion.allCases.map(\.rawValue)))
        #expect(rows.count == PostureQuestion.allCases.count)
    }

    @Test("the whole menu fits into a request and is read as it was written") func requests() throws {
        let request = HelperRequest(PostureQuestion.allCases)
        #expect(try HelperRequest(parsing: request.bytes) == request)
        #expect(HelperRequest([.secureHardware, .secureBoot]).bytes == Array("1tb\n".utf8))
    }

    @Test("a letter that a newer agent knows is passed over") func newerQuestions() throws {
        #expect(try HelperRequest(parsing: Array("1bZ\n".utf8)).questions == [.secureBoot])
        #expect(try HelperRequest(parsing: Array("1Z\n".utf8)).questions == [])
    }

    @Test(
        "what is no request is told from another version of it",
        arguments: [
            ("", .malformed), ("\n", .malformed), ("1", .malformed), ("1\n", .malformed), ("1b", .malformed),
            ("1bt", .malformed),
            ("b\n", .malformed), ("bb\n", .malformed), ("2b\n", .otherVersion), ("0b\n", .otherVersion),
            ("1bb\n", .malformed), ("1b \n", .malformed), ("1b\r\n", .malformed), ("1b\nb\n", .malformed),
            ("1b\n\n", .malformed), ("1/etc/shadow\n", .malformed), ("1é\n", .malformed), ("1b\0\n", .malformed),
            ("1b1\n", .malformed), ("1[\n", .malformed), ("1@\n", .malformed), ("1`\n", .malformed),
            ("1abcdefghijklmnopqrstuvwxyzABCDEFG\n", .malformed), (" 1b\n", .malformed),
        ] as [(String, HelperRefusal)])
    func badRequests(text: String, expected: HelperRefusal) {
        #expect(refusal(of: Array(text.utf8)) == expected)
    }

    @Test("32 letters are a request, 33 are none") func longestRequest() {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFG".utf8)
        #expect(refusal(of: [49] + letters.prefix(32) + [10]) == nil)
        #expect(refusal(of: [49] + letters.prefix(33) + [10]) == .malformed)
    }

    private static let reading = SignalReading(
        .known(.strings(["a", "é\n\u{2028}"])), source: "/x", collectedAt: 7, privilege: .root, evidence: ["e"])

    @Test(
        "an answer is read as it was written",
        arguments: [
            .readings(PostureSnapshot([.secureBoot: reading])), .readings(PostureSnapshot()), .refused(.tooOften),
        ] as [HelperAnswer])
    func answers(answer: HelperAnswer) throws {
        let bytes = try #require(answer.bytes)
        #expect(bytes.last == 10 && bytes.dropLast().allSatisfy { $0 != 10 })
        #expect(HelperAnswer(parsing: bytes) == answer)
    }

    @Test(
        "what is no answer is none",
        arguments: [
            "", "\n", "{}\n", "[]\n", "1\n", "null\n", #"{"version":1}"# + "\n", #"{"version":1,"readings":{}}"#,
            #"{"version":2,"readings":{}}"# + "\n", #"{"version":"1","readings":{}}"# + "\n",
            #"{"version":1,"readings":{},"refused":"busy"}"# + "\n", #"{"version":1,"refused":"because"}"# + "\n",
            #"{"version":1,"readings":{}}"# + "\n\n", #"{"version":1,"readings":{"x":{"state":"known"}}}"# + "\n",
            #"{"version":1,"readings":[]}"# + "\n", "{\"version\":1,\n\"readings\":{}}\n",
        ])
    func badAnswers(text: String) {
        #expect(HelperAnswer(parsing: Array(text.utf8)) == nil)
    }

    @Test("an answer beyond the limit is neither written nor read") func longAnswers() {
        var snapshot = PostureSnapshot()
        for number in 0..<300 {
            snapshot[SignalName(rawValue: "s\(number)")] = SignalReading(
                .known(.string(String(repeating: "x", count: 1000))), source: "", collectedAt: 0, privilege: .root)
        }
        #expect(HelperAnswer.readings(snapshot).bytes == nil)
        let padding = [UInt8](repeating: 0x20, count: HelperAnswer.maximumLength)
        let text = Array(#"{"version":1,"readings":{}}"#.utf8)
        #expect(HelperAnswer(parsing: text + padding.dropLast(text.count + 1) + [10]) != nil)
        #expect(HelperAnswer(parsing: text + padding + [10]) == nil)
    }

    @Test("nesting without end is refused, not followed") func deepAnswers() {
        let deep = #"{"version":1,"readings":"# + String(repeating: "[", count: 100_000) + "\n"
        #expect(HelperAnswer(parsing: Array(deep.utf8)) == nil)
    }
}
