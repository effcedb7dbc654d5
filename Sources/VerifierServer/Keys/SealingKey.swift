// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import Glibc

/// The secret under which private keys are sealed in the store, kept in a file of its own so that a copy of the database
/// alone is worth nothing.
package struct SealingKey: Sendable {
    /// 256 random bits need no stretching; PKCS#8 wants a function all the same, and this is its least cost.
    private static let stretching = Scrypt(cost: 1 << 4)
    private static let length = 32

    private let secret: SecretBytes

    /// The secret of a file; where there is none, a new one is made first, with mode 0600, whole or not at all.
    ///
    /// - Parameter mayCreate: whether a new one would do: not where there are keys that the old one sealed.
    /// - Throws: ``SealingKeyError`` or ``CryptographyError``.
    package init(path: String, mayCreate: Bool = true) throws {
        if let bytes = try Self.read(path) {
            self.init(bytes)
        } else {
            guard mayCreate else {
                throw SealingKeyError(
                    path: path, reason: "it is missing, and it opens the keys in the store; restore it from a copy")
            }
            try Self.create(path)
            guard let bytes = try Self.read(path) else { throw SealingKeyError(path: path, reason: "it vanished") }
            self.init(bytes)
        }
    }

    private init(_ bytes: [UInt8]) {
        var bytes = bytes
        secret = SecretBytes(wiping: &bytes)
    }

    /// A private key as the store may keep it: encrypted PKCS#8.
    func seal(_ key: PrivateKey) throws(CryptographyError) -> [UInt8] {
        try key.encryptedPKCS8(passphrase: secret, stretchedBy: Self.stretching)
    }

    /// The private key that ``seal(_:)`` sealed.
    func open(_ sealed: [UInt8]) throws(CryptographyError) -> PrivateKey {
        try PrivateKey(encryptedPKCS8: sealed, passphrase: secret)
    }

    /// An authentication code (HMAC-SHA-256) of bytes, for one use of them among others.
    func code(of bytes: [UInt8], for use: StaticString) throws(CryptographyError) -> [UInt8] {
        try HMAC.code(of: Array("\(use)\u{0}".utf8) + bytes, key: secret, digest: .sha256)
    }

    private static func read(_ path: String) throws -> [UInt8]? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw SealingKeyError(path: path, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SealingKeyError(path: path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SealingKeyError(path: path, reason: "not a regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SealingKeyError(path: path, reason: "others than its owner may read it; set its mode to 0600")
        }
        var bytes = [UInt8](repeating: 0, count: length + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count == length else {
            throw SealingKeyError(
                path: path, reason: "it does not hold a key of \(length) bytes; restore it from a copy")
        }
        bytes.removeLast()
        return bytes
    }

    /// Written beside, synced and linked into place: of two that do so at once, one's file stays and both read it.
    private static func create(_ path: String) throws {
        let temporary = path + "." + (try SecureRandom.identifier())
        let descriptor = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SealingKeyError(path: path, errno: errno) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        let bytes = try SecureRandom.bytes(length)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw SealingKeyError(path: path, errno: errno)
        }
        guard link(temporary, path) == 0 || errno == EEXIST else { throw SealingKeyError(path: path, errno: errno) }
        try syncDirectory(of: path)
    }

    private static func syncDirectory(of path: String) throws {
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = Glibc.open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SealingKeyError(path: path, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SealingKeyError(path: path, errno: errno) }
    }
}

/// The file of the sealing key could not be read or made.
package struct SealingKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    package let path: String
    /// What is wrong, and what to do where that is known.
    package let reason: String

    init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    init(path: String, errno code: Int32) { self.init(path: path, reason: String(cString: strerror(code))) }

    package var description: String { "cannot use the key file \(path): \(reason)" }
}
