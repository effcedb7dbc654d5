// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceKeys

/// The count of wrong PINs, which outlives the process: it goes up durably before a PIN is tried, and back to nothing only
/// once the PIN was right. Blocking.
struct PINTries {
    /// How many wrong PINs in a row lock a key for good.
    static let limit = 8

    private let folder: PrivateFolder
    private let name: String

    init(of keyID: String, in folder: PrivateFolder) {
        self.folder = folder
        name = keyID + KeyFile.tries.rawValue
    }

    /// How many are left.
    ///
    /// A missing or damaged count is no fresh one: it is an error, or else removing the file would give new tries.
    func left() throws(DeviceKeyError) -> Int {
        guard let bytes = try folder.read(name), bytes.count == 1,
            let used = Int(String(decoding: bytes, as: UTF8.self)),
            (0...Self.limit).contains(used)
        else { throw DeviceKeyError(.keyDamaged, "the count of PIN tries is damaged: enroll this device anew") }
        return Self.limit - used
    }

    /// Takes one try, durably, and tells how many are left after it.
    func take() throws(DeviceKeyError) -> Int {
        try folder.locked { () throws(DeviceKeyError) in
            let left = try left()
            guard left > 0 else { throw Self.locked }
            try set(used: Self.limit - left + 1)
            return left - 1
        }
    }

    /// Gives all tries back, durably.
    func reset() throws(DeviceKeyError) {
        try folder.locked { () throws(DeviceKeyError) in try set(used: 0) }
    }

    private func set(used: Int) throws(DeviceKeyError) { try folder.write(Array(String(used).utf8), to: name) }

    static let locked = DeviceKeyError(
        .pinLocked, "too many wrong PINs: the key was destroyed; unenroll and enroll this device anew")
}
