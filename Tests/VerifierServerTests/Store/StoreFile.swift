// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

/// A connection to a store's file beside the store's own, as another program has it.
///
/// A store that a test has let go of may still be about to close its file, on a thread of its own, and holds the file for that
/// instant: this connection waits for it.
func anotherConnection(to path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    return try DatabaseQueue(path: path, configuration: configuration)
}

/// Brings what is in the log beside a store's file into the file, so that damage to the file is damage to the store.
///
/// A store that a test has let go of may not have done so yet: until then SQLite reads from the log, whatever the file says.
func emptyLog(of path: String) throws {
    let connection = try anotherConnection(to: path)
    _ = try connection.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    try connection.close()
}

/// Overwrites the pages of a store's file behind the first ones.
func damagePages(of path: String) throws {
    try emptyLog(of: path)
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    let size = try file.seekToEnd()
    for offset in stride(from: UInt64(4096 * 8), to: size, by: 4096) {
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 4096))
    }
    try file.close()
}

/// Overwrites a store's file with what is no database.
func replaceByText(_ path: String) throws {
    try emptyLog(of: path)
    try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: path))
}
