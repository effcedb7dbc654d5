// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import WireProtocol

extension ResponseClaims {
    /// The most bytes of JSON with which a response stays within ``UnverifiedJWS/maximumLength``: base64url makes four characters of
    /// three bytes, and 4 KiB are for the header and the signature, which a security key's assertion stands in for.
    static let maximumLength = (UnverifiedJWS.maximumLength - 4 * 1024) / 4 * 3

    /// The same claims, as far as a response has room: the largest parts that other programs and the device tell become the word
    /// that there is none.
    ///
    /// A response that is too long would be refused whole, and nobody would be told why.
    /// - Throws: what the encoder throws.
    func fittingAResponse(limit: Int = maximumLength) throws -> ResponseClaims {
        var claims = self
        while try JSON.encode(claims).count > limit {
            guard try claims.leaveOutLargestProvider() || claims.leaveOutLargestReading() else { break }
        }
        return claims
    }

    private mutating func leaveOutLargestProvider() -> Bool {
        let sizes = (signalProviders ?? []).enumerated().compactMap { index, element -> (index: Int, size: Int)? in
            guard case .signal(let bytes, _) = element.outcome else { return nil }
            return (index, bytes.count)
        }
        guard let largest = sizes.max(by: { $0.size < $1.size }) else { return false }
        signalProviders?[largest.index].outcome = .error(SignalProviderElement.noRoom)
        return true
    }

    private mutating func leaveOutLargestReading() throws -> Bool {
        let sizes = try deviceSignals.snapshot.readings.compactMap { name, reading -> (name: SignalName, size: Int)? in
            guard let value = reading.value else { return nil }
            return (name, try JSON.encode([value]).count)
        }
        // The names decide between equals, so that the same readings give the same response.
        guard let largest = sizes.max(by: { ($0.size, $1.name) < ($1.size, $0.name) }),
            let reading = deviceSignals.snapshot[largest.name]
        else { return false }
        deviceSignals.snapshot[largest.name] = SignalReading(
            .unknown(reason: SignalProviderElement.noRoom), source: reading.source, collectedAt: reading.collectedAt)
        return true
    }
}
