// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signals `endpointProtection`, `managementAgents` and `deviceManaged`: products by name, and how far each is known to work.
struct SecurityProductsCollector: SignalCollector {
    private static let source = "files of the products, systemd, /proc"

    package var signals: [SignalName] { [.endpointProtection, .managementAgents, .deviceManaged] }

    package func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading] {
        var findings: [SignalName: Finding] = [:]
        if case .flatpak = Confinement.detect(in: system) {
            for name in requested {
                findings[name] = .unknown("the sandbox hides the machine's programs", source: Self.source)
            }
            return findings.mapValues(system.reading(of:))
        }
        guard (try? system.exists("/usr")) == true else {
            for name in requested {
                findings[name] = .unknown("the machine's programs cannot be seen", source: Self.source)
            }
            return findings.mapValues(system.reading(of:))
        }
        if requested.contains(.endpointProtection) {
            var survey = ProductSurvey(of: SecurityProduct.all.filter { $0.purpose == .protection }, in: system)
            for entry in survey.entries where entry.level == .running {
                if let report = await Self.health(of: entry.product, in: system) {
                    survey.note(report, of: entry.product)
                }
            }
            findings[.endpointProtection] = Self.list(survey)
        }
        if requested.contains(.managementAgents) || requested.contains(.deviceManaged) {
            let survey = ProductSurvey(of: SecurityProduct.all.filter { $0.purpose != .protection }, in: system)
            findings[.managementAgents] = Self.list(survey)
            findings[.deviceManaged] = Self.isManaged(survey)
        }
        return findings.filter { requested.contains($0.key) }.mapValues(system.reading(of:))
    }

    private static func health(of product: SecurityProduct, in system: SystemView) async -> HealthReport? {
        switch product.health {
        case nil: return nil
        case .clamav: return ClamAVDatabase.report(in: system)
        case .defender:
            switch await system.commands.run(.defenderHealth, environment: system.environment) {
            case .success(let bytes):
                return HealthReport(defender: bytes)
                    ?? HealthReport(isHealthy: false, evidence: "what mdatp prints is not understood")
            case .failure(let failure): return HealthReport(isHealthy: false, evidence: "mdatp \(failure.predicate)")
            }
        }
    }

    /// The products with their levels; unknown as soon as one level cannot be told.
    private static func list(_ survey: ProductSurvey) -> Finding {
        let evidence = survey.entries.map { "\($0.product.name): \($0.evidence)" }
        if let entry = survey.entries.first(where: { $0.level == nil }) {
            return .unknown(
                "\(entry.product.name) is installed, but whether it runs cannot be told", source: source,
                evidence: evidence)
        }
        if let product = survey.hidden.first {
            return .unknown(
                "this user is not shown whether \(product.name) is installed", source: source, evidence: evidence)
        }
        let entries = survey.entries.compactMap { entry in entry.level.map { "\(entry.product.name)=\($0.rawValue)" } }
        return Finding(.known(.strings(entries.sorted())), source: source, evidence: evidence)
    }

    /// Managed is a device on which an agent runs that carries out what an administrator wants; installed alone it does nothing.
    private static func isManaged(_ survey: ProductSurvey) -> Finding {
        let agents = survey.entries.filter { $0.product.purpose == .management(governs: true) }
        let evidence = agents.map { "\($0.product.name): \($0.evidence)" }
        if agents.contains(where: { $0.level == .running || $0.level == .healthy }) {
            return .known(true, source: source, evidence: evidence)
        }
        let unsure =
            agents.first { $0.level == nil }?.product
            ?? survey.hidden.first { $0.purpose == .management(governs: true) }
        if let unsure {
            return .unknown("whether \(unsure.name) runs cannot be told", source: source, evidence: evidence)
        }
        return .known(
            false, source: source, evidence: evidence.isEmpty ? ["no management agent is known to be here"] : evidence)
    }
}
