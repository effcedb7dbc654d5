// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DevicePosture
package import DeviceSignals
package import WireProtocol

/// Where the responder gets what an organisation asks for by names of its own, beside the signals.
package protocol ReportSource: Sendable {
    /// What other programs on this device say of it: one report for each name, in their order.
    func reports(ofProviders names: [String]) async -> [SignalProviderReport]

    /// What comes of an organisation's own checks: one report for each, in their order.
    ///
    /// - Parameter organization: the origin of the verifier, of the enrolment that the challenge is for.
    func reports(of checks: [PostureCheckRequest], for organization: Origin) async -> [PostureCheckReport]
}

/// A device that tells nothing but signals.
package struct NoReports: ReportSource {
    /// Nothing.
    package init() {}

    package func reports(ofProviders names: [String]) async -> [SignalProviderReport] { [] }

    package func reports(of checks: [PostureCheckRequest], for organization: Origin) async -> [PostureCheckReport] {
        []
    }
}

/// What a response tells beside the signals; `nil` for what was not asked for.
struct DeviceReports: Sendable {
    var providers: [SignalProviderElement]?
    var checks: [PostureCheckReport]?
}

extension ReportSource {
    /// What a challenge asks for beside the signals.
    func reports(to claims: ChallengeClaims, from enrollment: Enrollment) async -> DeviceReports {
        var reports = DeviceReports()
        if !claims.signalProviders.isEmpty {
            let names = claims.signalProviders.prefix(ResponseClaims.maximumReports).map(\.name)
            reports.providers = SignalProviderElement.elements(of: await self.reports(ofProviders: names))
        }
        if !claims.devicePostureChecks.isEmpty, let origin = Origin(ofURL: enrollment.issuer) {
            let checks = Array(claims.devicePostureChecks.prefix(ResponseClaims.maximumReports))
            reports.checks = await self.reports(of: checks, for: origin)
        }
        return reports
    }
}

extension SignalProviderElement {
    /// Why something is not told that was read.
    static let noRoom = "there is no room for it in a response"

    /// The elements of a response for reports. What there is no room for in a response becomes an error.
    package static func elements(of reports: [SignalProviderReport]) -> [SignalProviderElement] {
        var room = maximumBytes
        return reports.map { report in
            let configuration = report.configuration.map { Configuration(type: $0.type, format: $0.format) }
            let outcome: Outcome
            switch report.outcome {
            case .signal(let bytes, let time) where bytes.count <= room:
                room -= bytes.count
                outcome = .signal(bytes, timeCollected: time)
            case .signal: outcome = .error(noRoom)
            case .error(let failure): outcome = .error(cut(failure.description))
            }
            return SignalProviderElement(name: cut(report.name), configuration: configuration, outcome: outcome)
        }
    }

    /// The beginning of a text, as long as an element's texts may be.
    private static func cut(_ text: String) -> String {
        var text = text
        while text.utf8.count > maximumTextLength { text.removeLast() }
        return text
    }
}
