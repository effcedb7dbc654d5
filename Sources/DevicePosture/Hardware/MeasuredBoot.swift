// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `measuredBoot`: whether the firmware wrote into the TPM what it started.
///
/// Registers 0 (the firmware's code) and 7 (the Secure Boot policy) hold a measurement, in the bank of SHA-256 or, where that
/// is not in use, of a stronger algorithm. A bank that the firmware leaves empty can be filled by anybody later. What a
/// boot loader and a unified kernel image add is evidence.
struct MeasuredBootCollector: SingleSignalCollector {
    static let name = SignalName.measuredBoot
    /// Each register is a command to the TPM, which may be busy.
    var mayWait: Bool { true }
    /// The vendor of systemd's boot loader interface.
    static let loaderVendor = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
    /// Algorithms that prove something, the most common first.
    private static let banks = ["sha256", "sha384", "sha512", "sm3"]

    /// A platform configuration register as the kernel shows it since version 5.12: the digest in hexadecimal.
    struct Register: Hashable, Sendable {
        /// The digest.
        let digest: [UInt8]

        /// Parses the file; `nil` where it is no digest of 20, 32, 48 or 64 bytes.
        init?(parsing bytes: [UInt8]) {
            let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
            guard [40, 64, 96, 128].contains(text.count) else { return nil }
            var digest: [UInt8] = []
            var high: UInt8?
            for byte in text {
                guard let digit = Self.digit(byte) else { return nil }
                if let first = high {
                    digest.append(first << 4 | digit)
                    high = nil
                } else {
                    high = digit
                }
            }
            self.digest = digest
        }

        /// Whether nothing was written since the machine was reset: all zeros, or all ones.
        var isEmpty: Bool { digest.allSatisfy { $0 == 0 } || digest.allSatisfy { $0 == 0xFF } }

        private static func digit(_ byte: UInt8) -> UInt8? {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
            default: nil
            }
        }
    }

    func find(in system: SystemView) -> Finding {
        do {
            let survey = try TPMSurvey(in: system)
            guard !survey.chips.isEmpty else { return withoutChip(in: system) }
            guard let chip = survey.tpm20 else {
                return .unknown("the registers of a TPM before 2.0 are not read", source: TPMSurvey.classPath)
            }
            let used = try system.list(chip.path, limit: 1024).filter { $0.hasPrefix("pcr-") }.map { $0.dropFirst(4) }
            guard !used.isEmpty else {
                return .unknown(
                    "this kernel does not show the TPM's registers (it takes 5.12)", source: chip.path)
            }
            guard let bank = Self.banks.first(where: { used.contains(Substring($0)) }) else {
                return .known(
                    false, source: chip.path,
                    evidence: ["only banks that prove nothing are in use: \(used.sorted().joined(separator: ", "))"])
            }
            return judge(bank: "\(chip.path)/pcr-\(bank)", in: system)
        } catch {
            return .unknown(error, at: TPMSurvey.classPath)
        }
    }

    private func judge(bank: String, in system: SystemView) -> Finding {
        var evidence: [String] = []
        var isMeasured = true
        for number in [0, 7] {
            let register: Register
            do {
                register = try Self.register(number, in: bank, system)
            } catch {
                return .unknown(error, at: "\(bank)/\(number)")
            }
            evidence.append("PCR \(number): \(register.isEmpty ? "empty" : "holds a measurement")")
            if register.isEmpty { isMeasured = false }
        }
        return .known(isMeasured, source: bank, evidence: evidence + loaderEvidence(bank: bank, in: system))
    }

    private static func register(
        _ number: Int, in bank: String, _ system: SystemView
    ) throws(ReadFailure) -> Register {
        guard let register = Register(parsing: try system.read("\(bank)/\(number)", limit: 512)) else {
            throw .malformed
        }
        return register
    }

    /// What started the kernel, and whether it measured its own part; nothing where that cannot be read.
    private func loaderEvidence(bank: String, in system: SystemView) -> [String] {
        var evidence: [String] = []
        for (name, title) in [("LoaderInfo", "boot loader"), ("StubInfo", "stub of the kernel image")] {
            if let text = text(name, in: system) { evidence.append("\(title): \(text)") }
        }
        if text("StubPcrKernelImage", in: system) == "11",
            let register = try? Self.register(11, in: bank, system)
        {
            evidence.append(
                register.isEmpty
                    ? "the stub says that it measured the kernel image, but PCR 11 is empty"
                    : "PCR 11: holds the unified kernel image's measurement")
        }
        if (try? system.exists("/run/systemd/tpm2-pcr-signature.json")) == true {
            evidence.append("the kernel image carries signed values of PCR 11")
        }
        return evidence
    }

    private func text(_ name: String, in system: SystemView) -> String? {
        (try? EFIVariable.read("\(name)-\(Self.loaderVendor)", in: system))?.text
    }

    private func withoutChip(in system: SystemView) -> Finding {
        switch TPMSurvey.absence(in: system) {
        case .certain(let why): .known(false, source: TPMSurvey.tablesPath, evidence: [why])
        case .uncertain(let reason, let source): .unknown(reason, source: source)
        }
    }
}
