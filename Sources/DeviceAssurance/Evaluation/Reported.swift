// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// What is known of a fact: a value that is understood, or why there is none.
enum Reported<Value> {
    case value(Value)
    case nothing(Wording)

    /// The value, where there is one and it is of the kind that is asked for.
    init(_ reading: SignalReading?, _ read: (SignalValue) -> Value?) {
        switch reading?.state {
        case nil: self = .nothing(.reason(.notReported))
        case .unknown(let reason): self = .nothing(.verbatim(reason))
        case .notApplicable(let reason): self = .nothing(.reason(.notApplicable, reason))
        case .known(let value):
            self = read(value).map { .value($0) } ?? .nothing(.reason(.notUnderstood))
        }
    }

    /// Whether the value meets a condition.
    func verdict(_ isMet: (Value) -> Bool) -> Verdict {
        switch self {
        case .nothing(let reason): .indeterminate(reason)
        case .value(let value): isMet(value) ? .met : .notMet
        }
    }

    enum Verdict {
        case met
        case notMet
        case indeterminate(Wording)
    }
}

extension SignalValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var flag: Bool? { if case .boolean(let flag) = self { flag } else { nil } }
    var texts: [String]? { if case .strings(let texts) = self { texts } else { nil } }
    /// A number that counts something.
    var count: Int? { if case .integer(let number) = self, number >= 0 { number } else { nil } }
    var version: DottedVersion? { text.flatMap { DottedVersion($0) } }
}
