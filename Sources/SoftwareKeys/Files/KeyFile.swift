// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The files of a key, by the ends of their names.
enum KeyFile: String, CaseIterable {
    /// The private key: encrypted PKCS#8 in DER.
    case privateKey = ".p8"
    /// How its PIN is stretched.
    case pin = ".pin"
    /// How many wrong PINs there were.
    case tries = ".tries"

    /// Whether a text can be a key's name, and so a file's.
    static func isName(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
            } && id.utf8.first != 45
    }
}
