// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// What Ubuntu Pro's client keeps of its state: which services are enabled.
struct UbuntuProStatus: Sendable {
    static let path = "/var/lib/ubuntu-advantage/status.json"

    private struct Status: Decodable {
        struct Service: Decodable {
            let name: String?
            let status: String?
        }
        let attached: Bool?
        let services: [Service]?
    }

    private let status: Status

    /// Parses the file, or gives `nil` where it is another.
    init?(parsing bytes: [UInt8]) {
        guard let status = try? JSONDecoder().decode(Status.self, from: Data(bytes)) else { return nil }
        self.status = status
    }

    /// Whether Expanded Security Maintenance of the main packages is enabled.
    var hasInfrastructureUpdates: Bool {
        status.attached == true
            && (status.services ?? []).contains { $0.name == "esm-infra" && $0.status == "enabled" }
    }
}
