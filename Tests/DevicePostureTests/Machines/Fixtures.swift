// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The files that the tests bring along.
enum Fixtures {
    /// The bytes of a file below `Fixtures`.
    static func bytes(_ path: String) throws -> [UInt8] {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        return Array(try Data(contentsOf: folder.appending(path: path)))
    }
}
