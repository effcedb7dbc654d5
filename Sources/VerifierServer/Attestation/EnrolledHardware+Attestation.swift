// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import KeyAttestations

extension EnrolledHardware {
    /// What a true statement makes known of a key's hardware.
    init(_ attested: AttestedKey, purpose: AttestationExpectation.Purpose) {
        self.init(
            kind: Kind(attested.format), isAttested: attested.protection == .hardware,
            model: Self.text(of: attested.model),
            verifiesUser: attested.verification == .required, wantsTouch: attested.touchPolicy == .always)
        signCount = attested.signCount ?? 0
        if purpose == .userVerification, attested.verification == .notRequired { isWithoutPIN = true }
    }

    /// Hardware of which nothing is proven.
    init(unproven format: AttestationEvidence.Format) {
        self.init(kind: Kind(format), isAttested: false, model: nil, verifiesUser: false, wantsTouch: false)
    }

    /// The model in a line, without serial numbers.
    private static func text(of model: HardwareModel) -> String {
        switch model {
        case .securityKey(let aaguid, let description):
            description.map { "\($0.prefix(100)) (\(aaguid))" } ?? "\(aaguid)"
        case .yubiKey(let yubiKey): "YubiKey, firmware \(yubiKey.firmware)"
        case .card: "smart card"
        case .tpm(let tpm): [tpm.manufacturer, tpm.model].compactMap { $0 }.joined(separator: " ")
        }
    }
}

extension EnrolledHardware.Kind {
    fileprivate init(_ format: AttestationEvidence.Format) {
        switch format {
        case .fido2: self = .fido2
        case .yubiKeyPIV, .pivCertificate: self = .piv
        case .tpm: self = .tpm
        }
    }
}
