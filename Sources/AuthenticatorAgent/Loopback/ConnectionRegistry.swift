// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// The connections of the loopback endpoint: how many there may be, and how long they may be silent. It belongs to the event
/// loop.
final class ConnectionRegistry {
    private let loop: any EventLoop
    private let limits: LoopbackLimits
    private var connections: [ObjectIdentifier: LoopbackConnection] = [:]
    private var sweep: RepeatedTask?

    init(loop: any EventLoop, limits: LoopbackLimits) {
        self.loop = loop
        self.limits = limits
    }

    /// Admits a connection where there is room: the user's own and those of others are counted apart, so that others cannot
    /// take the user's places.
    func admit(_ connection: LoopbackConnection) -> Bool {
        let count = connections.values.count { $0.isForeign == connection.isForeign }
        let maximum = connection.isForeign ? limits.maximumForeignConnections : limits.maximumConnections
        if count >= maximum {
            let idle = connections.values.filter { $0.isForeign == connection.isForeign && $0.isIdle }
            guard let oldest = idle.min(by: { $0.deadline < $1.deadline }) else { return false }
            oldest.close()
        }
        connections[ObjectIdentifier(connection)] = connection
        startSweeping()
        return true
    }

    /// A connection is gone.
    func remove(_ connection: LoopbackConnection) {
        connections[ObjectIdentifier(connection)] = nil
        guard connections.isEmpty else { return }
        sweep?.cancel()
        sweep = nil
    }

    /// Closes all.
    func closeAll() {
        for connection in connections.values { connection.close() }
    }

    private func startSweeping() {
        guard sweep == nil else { return }
        let interval = TimeAmount(limits.sweepInterval)
        let registry = NIOLoopBound(self, eventLoop: loop)
        sweep = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            registry.value.closeOverdue()
        }
    }

    private func closeOverdue() {
        let now = NIODeadline.now()
        for connection in connections.values where connection.deadline < now { connection.close() }
    }
}
