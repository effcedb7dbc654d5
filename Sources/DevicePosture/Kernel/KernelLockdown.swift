// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// How far the kernel keeps even root from changing it (`integrity`) or reading its secrets (`confidentiality`).
enum LockdownMode: String, Hashable, Sendable, CaseIterable {
    /// Not at all.
    case none
    /// Nobody changes the running kernel.
    case integrity
    /// And nobody reads what is secret in it.
    case confidentiality

    static let path = "/sys/kernel/security/lockdown"

    /// The mode in brackets in `none [integrity] confidentiality`; `nil` where it is not these three words, one in brackets.
    init?(parsing bytes: [UInt8]) {
        guard bytes.count <= 256 else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).trimmed.split(separator: " ").map(String.init)
        guard let mode = Self.allCases.first(where: { words == Self.words(choosing: $0) }) else { return nil }
        self = mode
    }

    private static func words(choosing mode: LockdownMode) -> [String] {
        allCases.map { $0 == mode ? "[\($0.rawValue)]" : $0.rawValue }
    }

    /// The mode that the kernel states; `nil` where this kernel has no lockdown.
    static func read(in system: SystemView) throws(ReadFailure) -> LockdownMode? {
        guard let bytes = try system.readIfPresent(path, limit: 4096) else {
            try SecurityFileSystem.requireMounted(in: system)
            return nil
        }
        guard let mode = LockdownMode(parsing: bytes) else { throw .malformed }
        return mode
    }
}

/// The signal `kernelLockdown`.
struct KernelLockdownCollector: SingleSignalCollector {
    static let name = SignalName.kernelLockdown

    func find(in system: SystemView) -> Finding {
        do {
            guard let mode = try LockdownMode.read(in: system) else {
                return .notApplicable("this kernel has no lockdown", source: LockdownMode.path)
            }
            return .known(mode.rawValue, source: LockdownMode.path)
        } catch {
            return SecurityFileSystem.unknown(error, at: LockdownMode.path)
        }
    }
}

/// `securityfs`, where the kernel's security modules tell of themselves.
enum SecurityFileSystem {
    static let path = "/sys/kernel/security"

    /// - Throws: ``ReadFailure/absent`` where it is not mounted: then nothing follows from a file that is not there.
    static func requireMounted(in system: SystemView) throws(ReadFailure) {
        guard !(try system.list(path)).isEmpty else { throw .absent }
    }

    /// A signal that could not be read because of one file there.
    static func unknown(_ failure: ReadFailure, at path: String, evidence: [String] = []) -> Finding {
        switch failure {
        case .absent: .unknown("securityfs is not mounted", source: self.path, evidence: evidence)
        case .denied: .unknown("\(path) needs the posture helper", source: path, evidence: evidence)
        case .tooLarge, .wrongKind, .malformed, .failed: .unknown(failure, at: path, evidence: evidence)
        }
    }
}
