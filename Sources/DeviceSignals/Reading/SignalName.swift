// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The name of one reported fact, spelled as on the wire.
///
/// Names that Okta's agents use are spelled as they spell them; the rest are ours. A name that this build does not know
/// is kept, not refused: verifiers ask for signals that older agents cannot collect.
public struct SignalName: RawRepresentable, Hashable, Sendable, Codable, CodingKeyRepresentable {
    /// The spelling on the wire, 1 to 64 characters in practice.
    public let rawValue: String

    /// Any name, known to this build or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The signals that tell one device from all others, or its organisation or network: left out of reports that strangers
    /// read.
    public static let personal: Set<SignalName> = [
        .deviceId, .serialNumber, .hardwareUuid, .browserLoopbackPolicies, .listeningServices,
    ]
}

extension SignalName: Comparable, CustomStringConvertible {
    public static func < (left: SignalName, right: SignalName) -> Bool { left.rawValue < right.rawValue }
    public var description: String { rawValue }
}
