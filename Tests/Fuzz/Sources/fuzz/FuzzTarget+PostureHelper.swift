// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

@testable internal import DevicePosture

extension FuzzTarget {
    /// What comes over the posture helper's socket: from anybody on the one side, from whoever sits there on the other.
    static let postureHelperTargets: [String: Body] = [
        "helper-request": { input in
            guard let request = try? HelperRequest(parsing: input) else { return }
            expect(input.count <= HelperRequest.maximumLength, "a request has a bound")
            expect(request.questions.count <= input.count - 2, "no question comes from nowhere")
            expect(Set(request.questions).count == request.questions.count, "each question is asked once")
            guard !request.questions.isEmpty else { return }
            expect((try? HelperRequest(parsing: request.bytes)) == request, "what is written is read as the same")
        },
        "helper-answer": { input in
            guard let answer = HelperAnswer(parsing: input) else { return }
            guard let bytes = answer.bytes else { return }
            expect(HelperAnswer(parsing: bytes) == answer, "what is written is read as the same")
        },
    ]
}
