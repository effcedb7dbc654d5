// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging

/// Whether the verifier can do its work now: its store answers and is of this version, there are keys to sign with, and policies
/// can be read.
///
/// Anyone may ask, so it is looked at once a second at most, and names alone are told; the reasons are logged.
package actor Readiness {
    /// What is looked at.
    package enum Part: String, Sendable, CaseIterable {
        /// The store.
        case store
        /// The keys that sign challenges and tokens.
        case signingKeys
        /// The policies.
        case policies
    }

    /// For how long an answer stands.
    static let interval: Duration = .seconds(1)

    private let services: VerifierServices
    private let logger = Logger(label: "verifier")
    private var last: (failed: Set<Part>, at: ContinuousClock.Instant)?

    /// The readiness of these services.
    package init(services: VerifierServices) { self.services = services }

    /// What does not work; empty where the verifier is ready.
    package func failures() async -> Set<Part> {
        if let last, last.at.duration(to: .now) < Self.interval { return last.failed }
        var failed: Set<Part> = []
        for part in Part.allCases {
            do { try await check(part) } catch {
                failed.insert(part)
                // A store's own words name its file and none of its values; of other errors the type is told.
                let words = error is StoreError || error is KeyringError ? "\(error)" : "\(type(of: error))"
                logger.error("not ready: \(part.rawValue): \(words)")
            }
        }
        last = (failed, .now)
        return failed
    }

    private func check(_ part: Part) async throws {
        switch part {
        case .store: try await services.store.check()
        case .signingKeys:
            _ = try await services.challengeKeys.currentSigner()
            for algorithm in TokenKeyring.algorithms { _ = try await services.tokenKeys.signer(for: algorithm) }
        case .policies:
            let policies = services.policies
            try await services.store.read { _ = try policies.policies(in: $0) }
        }
    }
}
