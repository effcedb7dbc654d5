// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import DeviceKeys

/// A command that the TPM, or the way to it, did not carry out.
struct TPMFailure: Error, Hashable {
    /// The command, as TPM 2.0 Part 3 calls it.
    var command: String
    /// The response code: TPM 2.0 Part 2 §6.6, with the layer that it comes from in bits 16 to 23 (TSS 2.0 Overview §3).
    var code: UInt32

    /// The TPM's own code without the number of the handle, session or parameter; `nil` where the failure is not the TPM's.
    ///
    /// The kernel's and other resource managers mark codes that they make in the TPM's place as of layers 11 and 12.
    var tpmCode: UInt32? {
        guard Self.tpmLayers.contains(code >> 16 & 0xFF) else { return nil }
        let low = code & 0xFFFF
        return low & TPM2_RC_FMT1 != 0 ? low & 0xBF : low & 0xFFF
    }

    /// Whether the command was not begun and may be sent again.
    var isPassing: Bool {
        switch tpmCode {
        case ResponseCode.retry, ResponseCode.yielded, ResponseCode.testing, ResponseCode.nvRate,
            ResponseCode.nvUnavailable:
            true
        default: isOutOfSlots
        }
    }

    /// Whether other programs' objects and sessions fill the TPM's memory.
    var isOutOfSlots: Bool {
        switch tpmCode {
        case ResponseCode.objectMemory, ResponseCode.sessionMemory, ResponseCode.memory, ResponseCode.sessionHandles,
            ResponseCode.objectHandles:
            true
        default: false
        }
    }

    /// Whether the TPM answered that it will not, now or later.
    var isRefusal: Bool { tpmCode != nil && !isPassing }

    /// Whether a password or authorization value was wrong or missing.
    var isWrongAuthorization: Bool { tpmCode == ResponseCode.authFail || tpmCode == ResponseCode.badAuth }

    /// Whether the way to the TPM broke.
    var isDisconnection: Bool { code >> 16 & 0xFF == Self.tctiLayer }

    /// An answer that is not one.
    static func malformed(_ command: String) -> TPMFailure {
        TPMFailure(command: command, code: esapiLayer << 16 | TSS2_BASE_RC_MALFORMED_RESPONSE)
    }

    private static let esapiLayer: UInt32 = 7
    private static let tctiLayer: UInt32 = 10
    /// The TPM's own layer, and those of resource managers that speak in its place.
    private static let tpmLayers: Set<UInt32> = [0, 11, 12]

    /// The code in words, for a message.
    var explanation: String {
        let text = Tss2_RC_Decode(code).map { String(cString: $0) } ?? ""
        return "\(command): \(text.isEmpty ? "response code 0x" + String(code, radix: 16) : text)"
    }
}

extension DeviceKeyError {
    /// What a failure means for a person, where the place that it happened in knows no more.
    init(_ failure: TPMFailure) {
        if failure.isDisconnection {
            self.init(.deviceRemoved, "the TPM stopped answering (\(failure.explanation)): try again")
            return
        }
        if failure.isOutOfSlots {
            self.init(
                .unavailable,
                "other programs fill the TPM's memory (\(failure.explanation)): close them, or let everyone use "
                    + "\(TPMOptions.defaultTCTI)")
            return
        }
        if failure.isPassing {
            self.init(.unavailable, "the TPM stays busy (\(failure.explanation)): try again in a minute")
            return
        }
        switch failure.tpmCode {
        case nil:
            self.init(.unavailable, "the TPM's answer makes no sense (\(failure.explanation)): try again")
        case ResponseCode.hierarchy:
            self.init(
                .unavailable, "the TPM's keys are switched off (\(failure.explanation)): look into the firmware's setup"
            )
        default:
            self.init(.unavailable, "the TPM refused (\(failure.explanation))")
        }
    }
}
