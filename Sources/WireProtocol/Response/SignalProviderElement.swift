// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// One element of a response's `signalProviders`: another program's word on the device, or why there is none.
public struct SignalProviderElement: Hashable, Sendable {
    /// How the signal was read.
    public struct Configuration: Hashable, Sendable, Codable {
        /// The kind of source: `FILE`.
        public var type: String
        /// The form of the bytes, such as `JSON`.
        public var format: String

        /// A configuration.
        public init(type: String, format: String) {
            self.type = type
            self.format = format
        }
    }

    /// The bytes, or why there are none.
    public enum Outcome: Hashable, Sendable {
        /// The bytes as they were read, and when, in seconds since 1970-01-01 UTC.
        case signal([UInt8], timeCollected: Int64)
        /// Why there are none, for a person.
        case error(String)
    }

    /// The provider's name, as asked for.
    public var name: String
    /// How it was read; `nil` where the device knows no such provider.
    public var configuration: Configuration?
    /// What came of it.
    public var outcome: Outcome

    /// The most bytes that all signals of a response may have together, so that the response stays within the bound of a JWS.
    public static let maximumBytes = 24 * 1024
    /// The longest name, and the longest error, in bytes of UTF-8.
    public static let maximumTextLength = 400

    /// An element.
    public init(name: String, configuration: Configuration?, outcome: Outcome) {
        self.name = name
        self.configuration = configuration
        self.outcome = outcome
    }
}

extension SignalProviderElement: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, configuration, signal, timeCollected, error
    }

    /// Reads an element: base64 of RFC 4648 §4, as the public clients of the kind `FILE` write signals and errors.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        func refusal(_ key: CodingKeys, _ problem: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: members, debugDescription: problem)
        }
        func bytes(_ key: CodingKeys, upTo limit: Int) throws -> [UInt8] {
            guard let data = Data(base64Encoded: try members.decode(String.self, forKey: key)) else {
                throw refusal(key, "not base64")
            }
            guard data.count <= limit else { throw refusal(key, "longer than \(limit) bytes") }
            return Array(data)
        }
        name = try members.decode(String.self, forKey: .name)
        guard name.utf8.count <= Self.maximumTextLength else { throw refusal(.name, "too long") }
        configuration = try members.decodeIfPresent(Configuration.self, forKey: .configuration)
        guard members.contains(.signal) else {
            let bytes = try bytes(.error, upTo: Self.maximumTextLength)
            guard let text = String(validating: bytes, as: UTF8.self) else { throw refusal(.error, "no UTF-8") }
            outcome = .error(text)
            return
        }
        guard !members.contains(.error) else { throw refusal(.error, "beside a signal") }
        outcome = .signal(
            try bytes(.signal, upTo: Self.maximumBytes),
            timeCollected: try members.decode(Int64.self, forKey: .timeCollected))
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(name, forKey: .name)
        try members.encodeIfPresent(configuration, forKey: .configuration)
        switch outcome {
        case .signal(let bytes, let timeCollected):
            try members.encode(Data(bytes).base64EncodedString(), forKey: .signal)
            try members.encode(timeCollected, forKey: .timeCollected)
        case .error(let text): try members.encode(Data(text.utf8).base64EncodedString(), forKey: .error)
        }
    }
}
