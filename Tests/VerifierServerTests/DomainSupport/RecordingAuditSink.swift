// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

@testable import VerifierServer

/// Keeps the lines of an audit log.
final class RecordingAuditSink: AuditSink {
    private let written = Mutex<[[UInt8]]>([])

    func write(_ line: [UInt8]) { written.withLock { $0.append(line) } }

    var lines: [String] { written.withLock { $0.map { String(decoding: $0, as: UTF8.self) } } }

    struct Line: Decodable {
        struct Outcome: Decodable {
            var result: String
            var reason: String?
        }
        struct Context: Decodable { var debugData: [String: String] }
        struct Client: Decodable { var ipAddress: String }
        var eventType: String
        var outcome: Outcome
        var actor: AuditEvent.Entity
        var target: [AuditEvent.Entity]
        var client: Client?
        var debugContext: Context
    }

    func events(_ type: AuditEventType) throws -> [Line] {
        try lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }.filter {
            $0.eventType == type.rawValue
        }
    }
}
