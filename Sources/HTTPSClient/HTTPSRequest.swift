// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A request to a server.
package struct HTTPSRequest: Hashable, Sendable {
    /// The methods that are spoken here.
    package enum Method: String, Hashable, Sendable {
        /// Reads.
        case get = "GET"
        /// Sends.
        case post = "POST"
        /// Deletes.
        case delete = "DELETE"
    }

    /// What is asked of the server.
    package var method: Method
    /// An absolute URL; `https`, or `http` where the host is `localhost`, `127.0.0.1` or `[::1]`, or the client
    /// allows it.
    package var url: String
    /// Header fields, by name. Neither name nor value may contain a line break.
    package var headers: [String: String]
    /// The body of a POST; ignored for other methods.
    package var body: [UInt8]
    /// How long the whole exchange may take, in milliseconds.
    package var timeoutMillis: Int

    /// A request.
    package init(
        _ method: Method, _ url: String, headers: [String: String] = [:], body: [UInt8] = [],
        timeoutMillis: Int = 20_000
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutMillis = timeoutMillis
    }
}
