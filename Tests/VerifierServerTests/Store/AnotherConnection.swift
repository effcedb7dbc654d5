// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import GRDB

/// A connection to a store's file beside the store's own, as another program has it.
///
/// A store that a test has let go of may still be about to close its file, on a thread of its own, and holds the file for that
/// instant: this connection waits for it.
func anotherConnection(to path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    return try DatabaseQueue(path: path, configuration: configuration)
}
