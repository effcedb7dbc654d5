// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WebAuthn

/// A security key that is plugged in, as a person is shown it.
package struct SecurityKey: Hashable, Sendable {
    /// Its name for the options, such as `/dev/hidraw3`.
    package var path: String
    /// What it calls itself.
    package var product: String
    /// Its maker's name.
    package var manufacturer: String
    /// Its serial number, where the maker tells it over USB.
    package var serial: String?
    /// Its model (AAGUID) in hexadecimal digits with hyphens (RFC 9562 §4); `nil` for a key that speaks U2F alone.
    package var model: String?
    /// The maker's number of the firmware, where it is told.
    package var firmware: UInt64?
    /// What it speaks, such as `FIDO_2_1` and `U2F_V2`.
    package var versions: [String]
    /// The COSE names of the algorithms that credentials can have (IANA COSE Algorithms).
    package var algorithms: [Int]
    /// Whether a PIN is set.
    package var hasPIN: Bool
    /// How many wrong PINs are left; `nil` where there is no PIN, or the key does not tell.
    package var pinTries: Int?
    /// Whether it verifies its person by itself, as by a finger.
    package var hasBuiltInVerification: Bool
    /// Whether only verified persons can use it.
    package var isAlwaysVerifying: Bool
    /// Whether it lies on a reader rather than in a USB port.
    package var isOnReader: Bool
}

/// The security keys that are plugged in.
package enum FIDO2Devices {
    /// Looks at all keys, side by side. One that cannot be opened now, as another program has it, is shown with its name alone.
    ///
    /// - Throws: `DeviceKeyError` with the code `permissionDenied` where there are keys that this user may not open.
    package static func list() async throws -> [SecurityKey] { try await list(from: SystemDevices()) }

    /// Looks at the keys of a source.
    package static func list(from source: any DeviceSource) async throws -> [SecurityKey] {
        let finder = DeviceFinder(source: source)
        let entries = try await finder.devices()
        let found = await withTaskGroup(of: Looked.self) { group in
            for (index, entry) in entries.enumerated() {
                group.addTask {
                    let details = try? await finder.attempt(entry) { device in
                        let info = try device.info()
                        return Details(info: info, pinTries: info.hasPIN ? try? device.pinTries() : nil)
                    }
                    return Looked(
                        index: index, key: SecurityKey(entry, info: details?.info, pinTries: details?.pinTries))
                }
            }
            return await group.reduce(into: [Int: SecurityKey]()) { $0[$1.index] = $1.key }
        }
        return entries.indices.compactMap { found[$0] }
    }

    /// A key as it was found, and its place in the list. Optimised code of Swift 6.3 loses parts of tuples that groups hand out.
    private struct Looked: Sendable {
        let index: Int
        let key: SecurityKey
    }

    /// What an open key tells of itself.
    private struct Details: Sendable {
        let info: AuthenticatorInfo
        let pinTries: Int?
    }
}

extension SecurityKey {
    init(_ entry: DeviceEntry, info: AuthenticatorInfo?, pinTries: Int?) {
        let isFIDO2 = info.map { $0 != .u2f } ?? false
        self.init(
            path: entry.path, product: entry.product, manufacturer: entry.manufacturer, serial: entry.serial,
            model: isFIDO2 ? info.flatMap { AAGUID(bytes: $0.aaguid)?.description } : nil,
            firmware: info.flatMap { $0.firmware == 0 ? nil : $0.firmware }, versions: info?.versions ?? [],
            algorithms: info?.algorithms.map { Int($0) } ?? [], hasPIN: info?.hasPIN ?? false, pinTries: pinTries,
            hasBuiltInVerification: info?.hasBuiltInVerification ?? false,
            isAlwaysVerifying: info?.isAlwaysVerifying ?? false, isOnReader: entry.isOnReader)
    }
}

extension DeviceEntry {
    /// Whether it lies on a smart-card reader.
    var isOnReader: Bool {
        if case .card = link { return true }
        return false
    }
}
