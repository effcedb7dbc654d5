// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTP1

/// The bounds of the loopback endpoint. All but tests use the defaults.
package struct LoopbackLimits: Sendable {
    /// The longest body, in bytes.
    package var maximumBodyBytes = 128 * 1024
    /// The most bytes from the first of a request to the end of its header.
    package var maximumHeadBytes = 32 * 1024
    /// The most header fields.
    package var maximumHeaderFields = 64
    /// How many connections of the user's own are kept at a time.
    package var maximumConnections = 64
    /// How many connections of others are kept at a time, until they are refused.
    package var maximumForeignConnections = 16
    /// How long a request may take to arrive, from its first byte.
    package var readTimeout = Duration.seconds(10)
    /// How long a connection may stay without a request.
    package var idleTimeout = Duration.seconds(60)
    /// How often connections are looked over for these times.
    package var sweepInterval = Duration.seconds(1)

    /// The defaults.
    package init() {}

    var decoder: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = maximumHeadBytes
        limits.maxHeaderListSize = maximumHeadBytes
        limits.maxHeaderFieldCount = maximumHeaderFields
        return limits
    }
}
