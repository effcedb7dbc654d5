// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// All signals that were read of one device at one time: *evidence* in the words of RFC 9334.
public struct PostureSnapshot: Hashable, Sendable, Codable {
    /// The readings by name. A name that is absent was not asked for.
    public var readings: [SignalName: SignalReading]

    /// A snapshot of these readings.
    public init(_ readings: [SignalName: SignalReading] = [:]) { self.readings = readings }

    /// The reading of a signal, where it was asked for.
    public subscript(name: SignalName) -> SignalReading? {
        get { readings[name] }
        set { readings[name] = newValue }
    }

    public init(from decoder: any Decoder) throws {
        readings = try decoder.singleValueContainer().decode([SignalName: SignalReading].self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(readings)
    }
}
