// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A web origin in its serialised form (RFC 6454 §6.2): scheme, host and port, and nothing else.
public struct Origin: Hashable, Sendable, CustomStringConvertible {
    /// Such as `https://id.example.com` or `http://localhost:8080`; the default port is left out.
    public let description: String
    /// `http` or `https`.
    public let scheme: String
    /// The host in lower case; an IPv6 address in brackets.
    public let host: String
    /// The port, 1 to 65535: 443 or 80 where the text has none.
    public let port: Int

    /// The origin that a header or a policy states, or `nil` where the text is anything else.
    ///
    /// Exact, as a browser writes it: lower case, no user, path, query or trailing slash, no default port, at most 300 bytes.
    public init?(_ text: String) {
        guard let parsed = Self.parse(text[...]), parsed.rest.isEmpty, parsed.canonical == text else { return nil }
        self.init(parsed)
    }

    /// The origin of an http or https URL, or `nil` where it has none, has a user, or is not plain ASCII.
    public init?(ofURL text: String) {
        guard let parsed = Self.parse(text[...]),
            parsed.rest.isEmpty || parsed.rest.first == "/" || parsed.rest.first == "?" || parsed.rest.first == "#"
        else { return nil }
        self.init(parsed)
    }

    private init(_ parsed: Parsed) {
        description = parsed.canonical
        scheme = parsed.scheme
        host = parsed.host
        port = parsed.port ?? (parsed.scheme == "https" ? 443 : 80)
    }

    /// Whether the host is this machine by name or number: what may be spoken to without TLS.
    public var isLoopback: Bool {
        host == "localhost" || host == "[::1]" || host == "127.0.0.1"
    }

    private struct Parsed {
        var scheme: String
        var host: String
        var port: Int?
        var rest: Substring
        var canonical: String { "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "") }
    }

    private static func parse(_ text: Substring) -> Parsed? {
        guard text.utf8.count <= 4096, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let separator = text.firstRange(of: "://")
        else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@"), !authority.contains("\\"), authority.utf8.count <= 270 else { return nil }
        guard let (host, portText) = split(authority) else { return nil }
        var port: Int?
        if let portText {
            guard (1...5).contains(portText.utf8.count), portText.utf8.allSatisfy({ (48...57).contains($0) }),
                let number = Int(portText), (1...65535).contains(number)
            else { return nil }
            if number != (scheme == "https" ? 443 : 80) { port = number }
        }
        return Parsed(scheme: scheme, host: host, port: port, rest: rest[authority.endIndex...])
    }

    private static func split(_ authority: Substring) -> (host: String, port: Substring?)? {
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            let inside = authority[authority.index(after: authority.startIndex)..<close]
            guard !inside.isEmpty, inside.utf8.allSatisfy({ isHexDigit($0) || $0 == 58 || $0 == 46 }) else {
                return nil
            }
            let after = authority[authority.index(after: close)...]
            guard after.isEmpty || after.first == ":" else { return nil }
            return ("[\(inside.lowercased())]", after.isEmpty ? nil : after.dropFirst())
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let host = parts[0].lowercased()
        guard !host.isEmpty, host.utf8.allSatisfy({ isHostByte($0) }) else { return nil }
        return (host, parts.count == 2 ? parts[1] : nil)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...102).contains(byte) || (65...70).contains(byte)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46 || byte == 95
    }
}

extension Origin: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let origin = Origin(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a web origin")
        }
        self = origin
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
