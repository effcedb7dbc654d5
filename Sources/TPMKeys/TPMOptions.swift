// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// How the TPM is reached, and how long it may take.
public struct TPMOptions: Hashable, Sendable {
    /// The environment variable that names another way to the TPM.
    public static let environmentVariable = "COUNTERSIGN_TPM_TCTI"
    /// The kernel's resource manager: it gives each connection key slots of its own and frees them at its end.
    public static let defaultTCTI = "device:/dev/tpmrm0"

    /// The way to the TPM in the words of tpm2-tss (`tss2-tctildr(3)`), such as `device:/dev/tpmrm0` or
    /// `swtpm:host=127.0.0.1,port=2321`.
    public var tcti: String
    /// How long one operation, such as a signature, may take. A discrete TPM needs a few tenths of a second.
    public var operationLimit: Duration
    /// How long making an attestation key may take: an RSA endorsement key takes a slow TPM most of a minute.
    public var attestationLimit: Duration

    /// Options.
    ///
    /// - Parameter tcti: by default what the environment variable says, else the kernel's resource manager.
    public init(
        tcti: String? = nil, operationLimit: Duration = .seconds(30), attestationLimit: Duration = .seconds(180)
    ) {
        self.tcti = tcti ?? Self.environmentTCTI ?? Self.defaultTCTI
        self.operationLimit = operationLimit
        self.attestationLimit = attestationLimit
    }

    private static var environmentTCTI: String? {
        guard let value = getenv(environmentVariable) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// The device file, where the way is one.
    var devicePath: String? {
        guard tcti == "device" || tcti.hasPrefix("device:") else { return nil }
        let path = String(tcti.dropFirst("device:".count))
        if !path.isEmpty { return path }
        // tpm2-tss's own choice.
        return access("/dev/tpmrm0", F_OK) == 0 ? "/dev/tpmrm0" : "/dev/tpm0"
    }

    /// Whether somebody between us and the TPM frees what a connection leaves, and gives each connection slots of its own.
    var hasResourceManager: Bool { devicePath?.hasPrefix("/dev/tpmrm") == true || tcti.hasPrefix("tabrmd") }
}
