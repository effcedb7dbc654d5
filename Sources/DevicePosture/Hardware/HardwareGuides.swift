// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

extension [SignalGuide] {
    /// Guides to the signals of the machine and its firmware.
    static let hardware: [SignalGuide] = [
        SignalGuide(.manufacturer, "Manufacturer", "Who made the machine, by its firmware."),
        SignalGuide(.model, "Model", "What its maker calls the machine."),
        SignalGuide(
            .secureHardwarePresent, "TPM 2.0",
            "Whether the kernel drives a TPM 2.0, which can keep keys and measure what starts.",
            isGood: \.isTrue
        ) { _ in SignalGuide.Remedy("Switch the TPM on in the firmware's settings, where the machine has one.") },
        SignalGuide(
            .secureBoot, "Secure Boot", "Whether the firmware and shim verify what starts.", isGood: \.isTrue
        ) { _ in
            SignalGuide.Remedy(
                "Switch Secure Boot on in the firmware's settings; where shim has it switched off, run "
                    + "'mokutil --enable-validation' and start anew.")
        },
    ]
}
