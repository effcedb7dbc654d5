// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceSignals

/// The signal `deviceId`: a name for this installation, derived from machine-id(5), which itself stays here.
///
/// machine-id(5) asks of programs not to show it, since others know the machine by it. What is shown is an HMAC of it that only
/// this agent makes.
struct DeviceIDCollector: SingleSignalCollector {
    static let name = SignalName.deviceId
    static let paths = ["/etc/machine-id", "/var/lib/dbus/machine-id"]
    static var lastingSources: [String]? { paths }

    /// What stands for this agent in the derivation; made once at random.
    static let application: [UInt8] = [
        0x8c, 0x1f, 0x2a, 0x6d, 0x35, 0x07, 0x4e, 0x9b, 0xa4, 0x53, 0x90, 0xd8, 0x1b, 0xe6, 0x72, 0xc4,
    ]

    func find(in system: SystemView) -> Finding {
        for path in Self.paths {
            do throws(ReadFailure) {
                let text = try system.attribute(path)
                if text.isEmpty || text == "uninitialized" {
                    return .unknown("this installation has no machine-id yet", source: path)
                }
                guard let id = Self.parse(text) else { throw .malformed }
                guard let derived = Self.derive(from: id, for: Self.application) else {
                    return .unknown("the derivation from the machine-id failed", source: path)
                }
                return .known(Self.text(derived), source: path, evidence: ["derived from the machine-id"])
            } catch ReadFailure.absent {
                continue
            } catch {
                return .unknown(error, at: path)
            }
        }
        return .unknown(.absent, at: Self.paths[0])
    }

    /// The 16 bytes that a machine-id names: 32 hexadecimal digits in lower case, not all of them 0.
    static func parse(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { byte -> UInt8? in
            switch byte {
            case 48...57: byte - 48
            case 97...102: byte - 87
            default: nil
            }
        }
        guard text.utf8.count == 32, digits.count == 32, digits.contains(where: { $0 != 0 }) else { return nil }
        return stride(from: 0, to: 32, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// The first 16 bytes of HMAC-SHA256 with the machine-id as the key, made a UUID of version 4.
    ///
    /// Source: sd_id128_get_machine_app_specific(3).
    static func derive(from machine: [UInt8], for application: [UInt8]) -> [UInt8]? {
        guard
            var code = try? HMAC.code(of: application, key: SecretBytes(copying: machine), digest: .sha256),
            code.count == 32
        else { return nil }
        code.removeLast(16)
        code[6] = code[6] & 0x0F | 0x40
        code[8] = code[8] & 0x3F | 0x80
        return code
    }

    /// Bytes as hexadecimal digits.
    static func text(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
