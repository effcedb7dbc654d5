// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceAssurance
import DeviceSignals
import Foundation
import Testing

/// Any JSON, to be written again as it was read.
enum VectorJSON: Codable, Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([VectorJSON])
    case object([String: VectorJSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? value.decode(Int.self) {
            self = .integer(number)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([VectorJSON].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: VectorJSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        case .object(let members): try container.encode(members)
        }
    }

    /// The bytes of the document.
    var bytes: [UInt8] { get throws { Array(try JSONEncoder().encode(self)) } }

    /// A signal's state: a plain value is known, `{"unknown": reason}` and `{"notApplicable": reason}` are not, null is not reported.
    var signalState: SignalState? {
        switch self {
        case .null: nil
        case .boolean(let flag): .known(.boolean(flag))
        case .integer(let number): .known(.integer(number))
        case .text(let text): .known(.string(text))
        case .list(let list): .known(.strings(list.map { if case .text(let text) = $0 { text } else { "" } }))
        case .object(let members):
            if case .text(let reason) = members["unknown"] {
                .unknown(reason: reason)
            } else if case .text(let reason) = members["notApplicable"] {
                .notApplicable(reason: reason)
            } else {
                nil
            }
        case .number: nil
        }
    }

    /// The result of a check: a text is known, `{"timedOut": true}` was not done in time, all else is unknown.
    var checkResult: PostureCheckResult {
        switch self {
        case .text(let text): .known(text)
        case .object(let members) where members["timedOut"] == .boolean(true): .timedOut
        default: .unknown(reason: "the vector says so")
        }
    }
}

extension PostureSnapshot {
    /// A snapshot of a vector's signals.
    init(vector: [String: VectorJSON]) {
        self.init()
        for (name, value) in vector {
            readings[SignalName(rawValue: name)] = value.signalState.map {
                SignalReading($0, source: "vector", collectedAt: 0)
            }
        }
    }
}

/// The files of vectors.
enum VectorFiles {
    static func folder(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: nil))
    }

    static func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: folder("Vectors").appending(path: path)))
    }

    /// The feed that vectors about dynamic versions are judged by.
    static func feed() throws -> ReleaseFeed {
        try ReleaseFeed.decode(
            Array(Data(contentsOf: folder("Vectors").appending(path: "feed.json"))), name: "feed.json")
    }
}
