// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// What a YubiKey says of itself in the certificate for a slot's key.
public struct YubiKeyModel: Hashable, Sendable {
    /// The shape of the key.
    public enum FormFactor: UInt8, Hashable, Sendable, CaseIterable {
        /// Not told.
        case unknown = 0
        /// USB-A, on a key ring.
        case usbAKeychain = 1
        /// USB-A, staying in its port.
        case usbANano = 2
        /// USB-C, on a key ring.
        case usbCKeychain = 3
        /// USB-C, staying in its port.
        case usbCNano = 4
        /// USB-C and Lightning.
        case usbCLightning = 5
        /// USB-A with a fingerprint reader.
        case usbABio = 6
        /// USB-C with a fingerprint reader.
        case usbCBio = 7
    }

    /// The serial number; `nil` where the key does not tell it.
    public let serial: UInt32?
    /// The firmware.
    public let firmware: FirmwareVersion
    /// The shape.
    public let formFactor: FormFactor
    /// Whether it is of the FIPS series.
    public let isFIPS: Bool
}

/// The extensions of a YubiKey's certificate for a slot's key (1.3.6.1.4.1.41482.3 and below).
public struct YubiKeyExtensions: Hashable, Sendable {
    /// What the key is.
    public let model: YubiKeyModel
    /// When it asks for the PIN.
    public let pinPolicy: AttestedKey.PINPolicy
    /// When it asks for a touch.
    public let touchPolicy: AttestedKey.TouchPolicy

    private static let arc = "1.3.6.1.4.1.41482.3."
    private static let (firmware, serial, policies, formFactor) = (arc + "3", arc + "7", arc + "8", arc + "9")

    /// Reads the extensions of a certificate. Firmware and policies must be there; others depend on the firmware.
    ///
    /// - Throws: ``AttestationRefusal/certificateProfile(_:)``.
    public init(of certificate: Certificate) throws(AttestationRefusal) {
        try self.init { certificate.extensionValue(oid: $0) }
    }

    /// Reads extensions by their identifiers.
    init(values: (String) -> [UInt8]?) throws(AttestationRefusal) {
        guard let version = values(Self.firmware), version.count == 3, let policies = values(Self.policies),
            policies.count == 2, let pin = Self.pinPolicies[policies[0]], let touch = Self.touchPolicies[policies[1]]
        else { throw .certificateProfile(.factsExtension) }
        pinPolicy = pin
        touchPolicy = touch
        var serial: UInt32?
        if let bytes = values(Self.serial) {
            var reader = DERReader(bytes)
            guard let number = try? reader.unsignedInteger(), reader.isAtEnd, let narrow = UInt32(exactly: number)
            else {
                throw .certificateProfile(.factsExtension)
            }
            serial = narrow
        }
        let shape = values(Self.formFactor)
        guard shape.map({ $0.count == 1 }) ?? true else { throw .certificateProfile(.factsExtension) }
        let byte = shape?[0] ?? 0
        model = YubiKeyModel(
            serial: serial, firmware: FirmwareVersion(version[0], version[1], version[2]),
            formFactor: YubiKeyModel.FormFactor(rawValue: byte & 0x0F) ?? .unknown, isFIPS: byte & 0x80 != 0)
    }

    private static let pinPolicies: [UInt8: AttestedKey.PINPolicy] = [
        1: .never, 2: .once, 3: .always, 4: .matchOnce, 5: .matchAlways,
    ]
    private static let touchPolicies: [UInt8: AttestedKey.TouchPolicy] = [1: .never, 2: .always, 3: .cached]
}
