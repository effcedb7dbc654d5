// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// The `deviceSignals` of a response: ids, the values that are known, and under `readings` how each signal is known or why it
/// is not.
///
/// Known values stand where FastPass clients put them, by name; an unknown one is left out there, as they do, and its reason
/// stands under `readings`.
public struct DeviceSignalsClaim: Hashable, Sendable {
    /// The device's id at this verifier.
    public var deviceID: String
    /// The id of this agent's instance on the device.
    public var clientInstanceID: String
    /// What was read.
    public var snapshot: PostureSnapshot

    /// A claim.
    public init(deviceID: String, clientInstanceID: String, snapshot: PostureSnapshot) {
        self.deviceID = deviceID
        self.clientInstanceID = clientInstanceID
        self.snapshot = snapshot
    }

    /// The most signals that a response may carry.
    public static let maximumSignals = 256
}

extension DeviceSignalsClaim: Codable {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }

        static let id = Name(stringValue: "id")
        static let clientInstanceID = Name(stringValue: "clientInstanceId")
        static let readings = Name(stringValue: "readings")
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Name.self)
        deviceID = try values.decode(String.self, forKey: .id)
        clientInstanceID = try values.decode(String.self, forKey: .clientInstanceID)
        snapshot = try values.decodeIfPresent(PostureSnapshot.self, forKey: .readings) ?? PostureSnapshot()
        guard snapshot.readings.count <= Self.maximumSignals else {
            throw DecodingError.dataCorruptedError(
                forKey: Name.readings, in: values, debugDescription: "more than \(Self.maximumSignals) signals")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Name.self)
        try values.encode(deviceID, forKey: .id)
        try values.encode(clientInstanceID, forKey: .clientInstanceID)
        for (name, reading) in snapshot.readings {
            if let value = reading.value { try values.encode(value, forKey: Name(stringValue: name.rawValue)) }
        }
        if !snapshot.readings.isEmpty { try values.encode(snapshot, forKey: .readings) }
    }
}
