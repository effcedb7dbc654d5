// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// The result of one of the administrator's own checks.
public enum PostureCheckResult: Hashable, Sendable {
    /// The one value that the query gave, as text.
    case known(String)
    /// There is none; the reason is for a person.
    case unknown(reason: String)
    /// The check was not done in time.
    case timedOut
}

/// Everything that is reported of a device: by its agent, by other providers, and by the administrator's own checks.
///
/// Who reported a fact decides what it counts for, so the sources stay apart: an agent that sends `compliant` does not speak for
/// an identity provider.
public struct DeviceEvidence: Hashable, Sendable {
    /// What the agent signed.
    public var signals: PostureSnapshot
    /// What other providers told, by the names of their own members, such as `osFirewall`. A provider that told nothing is absent.
    public var providers: [SignalProvider: PostureSnapshot]
    /// The results of the administrator's own checks, by variable name.
    public var postureChecks: [String: PostureCheckResult]

    /// Evidence.
    public init(
        _ signals: PostureSnapshot, providers: [SignalProvider: PostureSnapshot] = [:],
        postureChecks: [String: PostureCheckResult] = [:]
    ) {
        self.signals = signals
        self.providers = providers
        self.postureChecks = postureChecks
    }

    /// Whether the agent reported anything at all; where it did, its word stands before other providers'.
    var hasAgent: Bool { !signals.readings.isEmpty }

    /// The reading of the device's platform: the agent's, or without an agent the connector's.
    var platform: SignalReading? {
        hasAgent ? signals[.platform] : providers[.deviceTrustConnector]?[.platform]
    }
}
