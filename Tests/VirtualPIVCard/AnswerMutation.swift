// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Changes answers at random: bits, lengths, status words; the same for the same seed.
package final class AnswerMutation: Sendable {
    private let state: Mutex<UInt64>

    package init(seed: UInt64) { state = Mutex(seed &* 0x9E37_79B9_7F4A_7C15 | 1) }

    private func next(_ bound: Int) -> Int {
        state.withLock { state in
            // xorshift64 (Marsaglia 2003).
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state >> 33) % max(1, bound)
        }
    }

    /// One answer in three is changed.
    package func mutate(_ answer: [UInt8]) -> [UInt8] {
        guard next(3) == 0 else { return answer }
        var answer = answer
        switch next(6) {
        case 0 where !answer.isEmpty: answer[next(answer.count)] ^= 1 << UInt8(next(8))
        case 1: answer.removeLast(next(answer.count + 1))
        case 2: answer = (0..<next(300)).map { _ in UInt8(next(256)) }
        case 3: answer = answer.dropLast(2) + [0x61, UInt8(next(256))]
        case 4: answer = [UInt8](repeating: UInt8(next(256)), count: 60000) + answer
        default: answer = answer.dropLast(2) + [UInt8(0x60 + next(16)), UInt8(next(256))]
        }
        return answer
    }
}
