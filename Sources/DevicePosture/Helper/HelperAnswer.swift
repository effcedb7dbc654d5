// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceSignals
internal import FoundationEssentials

/// What the posture helper answers: one line of JSON.
///
/// Source: docs/posture-helper.md.
package enum HelperAnswer: Hashable, Sendable {
    /// The signals of the questions that it knows.
    case readings(PostureSnapshot)
    /// Nothing, for this reason.
    case refused(HelperRefusal)

    /// The longest answer in bytes: what the kernel keeps for a peer that does not read yet, with room to spare.
    package static let maximumLength = 96 * 1024

    /// The form on the connection.
    private struct Line: Codable {
        var version: Int
        var readings: PostureSnapshot?
        var refused: HelperRefusal?
    }

    private static let version = 1

    /// The answer that bytes hold, or `nil` where they hold none.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.maximumLength, bytes.firstIndex(of: UInt8(ascii: "\n")) == bytes.count - 1,
            let line = try? JSONDecoder().decode(Line.self, from: Data(bytes)), line.version == Self.version
        else { return nil }
        switch (line.readings, line.refused) {
        case (let readings?, nil): self = .readings(readings)
        case (nil, let refusal?): self = .refused(refusal)
        default: return nil
        }
    }

    /// The answer as it is sent, or `nil` where it would be longer than ``maximumLength``.
    package var bytes: [UInt8]? {
        var line = Line(version: Self.version)
        switch self {
        case .readings(let readings): line.readings = readings
        case .refused(let refusal): line.refused = refusal
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line), data.count < Self.maximumLength else { return nil }
        return Array(data) + [UInt8(ascii: "\n")]
    }
}
