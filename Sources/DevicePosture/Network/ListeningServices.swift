// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `listeningServices`: what is listened on where other machines can reach it, if no firewall stands between.
struct ListeningServicesCollector: SingleSignalCollector {
    static let name = SignalName.listeningServices
    /// The most that are listed; a list that leaves some out would say that they are not there.
    static let most = 256
    private static let source = "/proc/net/tcp, tcp6, udp, udp6"

    func find(in system: SystemView) -> Finding {
        if case .flatpak = Confinement.detect(in: system) {
            return .unknown("the sandbox may hide the machine's network", source: Self.source)
        }
        do {
            let sockets = Set(try system.reachableSockets().map(\.description)).sorted()
            guard sockets.count <= Self.most else {
                return .unknown("there are more than \(Self.most), too many to list", source: Self.source)
            }
            return Finding(.known(.strings(sockets)), source: Self.source)
        } catch {
            return .unknown("a table of sockets \(error.predicate)", source: Self.source)
        }
    }
}
