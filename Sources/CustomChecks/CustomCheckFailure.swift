// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals
internal import SQLiteDatabase

/// Why a check has no result.
enum CustomCheckFailure: Error, Hashable, Sendable {
    /// The administrator of this device has not switched custom checks on.
    case off
    /// The administrator's file cannot be used, for this reason.
    case unusable(String)
    /// The administrator's file does not list the organisation.
    case otherOrganization
    /// More checks were asked for than are run, or the time for all of them is over.
    case notRun
    /// The query could not be answered.
    case query(ConfinedQueryError)
    /// A signal that the query reads is unknown.
    case unknown(SignalName, String)
    /// A signal that the query reads has no meaning on this device.
    case notApplicable(SignalName, String)
    /// A signal that the query reads may have more entries than are kept, or has one that no row can be made of.
    case incomplete(SignalName)
    /// osqueryi did not answer as it has to.
    case osquery(String)

    /// The failure as a sentence without its full stop.
    var reason: String {
        switch self {
        case .off: "custom checks are not switched on on this device"
        case .unusable(let reason): reason
        case .otherOrganization: "this device runs no custom checks of this organisation"
        case .notRun: "there were more custom checks than this device runs at a time"
        case .query(let error): error.description
        case .unknown(let name, let reason): "\(name) is unknown: \(reason)"
        case .notApplicable(let name, let reason): "\(name) does not apply to this device: \(reason)"
        case .incomplete(let name): "\(name) could not be read as rows, or not all of it"
        case .osquery(let reason): "osqueryi \(reason)"
        }
    }
}
