// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which products are on the machine, and how far each is known to work.
struct ProductSurvey: Sendable {
    /// How far a product is known to work; each includes the one before.
    enum Level: String, Hashable, Sendable {
        /// Its files are here.
        case installed
        /// Its service is active, or a process of its name runs.
        case running
        /// It says that it does what it is for.
        case healthy
    }

    /// What was found of one product.
    struct Entry: Hashable, Sendable {
        let product: SecurityProduct
        /// The level; `nil` where whether it runs cannot be told.
        var level: Level?
        /// What was seen.
        var evidence: String
    }

    /// The products that are installed, in the order of the table.
    private(set) var entries: [Entry] = []
    /// Products of which cannot be told whether they are installed.
    private(set) var hidden: [SecurityProduct] = []

    /// Looks for products by their files, services and processes.
    init(of products: [SecurityProduct], in system: SystemView) {
        let units = try? UnitTable.read(products.flatMap(\.units), in: system).get()
        var names: ProcessNames?
        for product in products {
            let installedUnit = product.units.first { units?[$0]?.isInstalled == true }
            guard installedUnit != nil || Self.hasFile(of: product, in: system) == true else {
                if Self.hasFile(of: product, in: system) == nil { hidden.append(product) }
                continue
            }
            var entry = Entry(product: product, level: nil, evidence: "")
            if let unit = units?.firstActive(of: product.units) {
                entry.level = .running
                entry.evidence = "\(unit) is active"
            } else {
                if names == nil { names = try? ProcessNames(in: system) }
                let answers = product.processes.map { ($0, names?.runs($0)) }
                if let (process, _) = answers.first(where: { $0.1 == true }) {
                    entry.level = .running
                    entry.evidence = "\(process) runs"
                } else if units != nil && !product.units.isEmpty || answers.allSatisfy({ $0.1 == false }) {
                    entry.level = .installed
                    entry.evidence = "it does not run"
                } else {
                    entry.evidence = "neither systemd nor the list of processes tells whether it runs"
                }
            }
            entries.append(entry)
        }
    }

    /// Notes what a product says of itself.
    mutating func note(_ report: HealthReport, of product: SecurityProduct) {
        guard let index = entries.firstIndex(where: { $0.product == product }) else { return }
        if report.isHealthy && entries[index].level == .running { entries[index].level = .healthy }
        entries[index].evidence += "; \(report.evidence)"
    }

    /// Whether a file of the product is there; `nil` where this user may not see it.
    private static func hasFile(of product: SecurityProduct, in system: SystemView) -> Bool? {
        var isCertain = true
        for path in product.paths {
            do throws(ReadFailure) {
                if try system.exists(path) { return true }
            } catch {
                isCertain = false
            }
        }
        return isCertain ? false : nil
    }
}

/// What a product says of itself.
struct HealthReport: Hashable, Sendable {
    /// Whether it does what it is for.
    let isHealthy: Bool
    /// What was seen.
    let evidence: String
}
