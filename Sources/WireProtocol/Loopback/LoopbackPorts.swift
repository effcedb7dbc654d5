// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The ports that agents listen on, in the order in which pages try them.
///
/// Outside Linux's range of ephemeral ports (32768–60999), and other than Okta Verify's 8769 and 65112.
public enum LoopbackPorts {
    /// The list that the verifier sends and the agent tries, in this order.
    public static let standard = [61711, 61712, 61713, 61714, 61715, 61716]
}
