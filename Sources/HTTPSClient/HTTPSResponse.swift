// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a server answered, whatever the status.
package struct HTTPSResponse: Hashable, Sendable {
    /// The status code.
    package var status: Int
    /// The fields of ``keptHeaders`` that were sent, by name in lower case.
    package var headers: [String: String]
    /// The body, at most as long as the client's limit.
    package var body: [UInt8]

    /// An answer.
    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The header fields that are kept, in lower case.
    package static let keptHeaders: Set<String> = [
        "date", "retry-after", "content-type", "www-authenticate", "location",
    ]

    /// Whether the status says that the request was done.
    package var isSuccess: Bool { (200..<300).contains(status) }
}
