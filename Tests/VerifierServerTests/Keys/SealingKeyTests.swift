// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Testing

@testable import VerifierServer

@Suite struct SealingKeyTests {
    @Test func aNewKeyIsItsOwnersAlone() throws {
        let folder = try TemporaryFolder()
        _ = try SealingKey(path: folder.file("key"))
        #expect(try folder.mode(of: "key") == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
    }

    @Test func theSameFileOpensWhatItSealed() throws {
        let folder = try TemporaryFolder()
        let key = try PrivateKey.generate(.es256)
        let sealed = try SealingKey(path: folder.file("key")).seal(key)
        let opened = try SealingKey(path: folder.file("key")).open(sealed)
        #expect(opened.publicKey == key.publicKey)
    }

    @Test func anotherFileDoesNot() throws {
        let folder = try TemporaryFolder()
        let sealed = try SealingKey(path: folder.file("key")).seal(try PrivateKey.generate(.es256))
        let other = try SealingKey(path: folder.file("other"))
        #expect(throws: CryptographyError.cannotDecryptKey) { _ = try other.open(sealed) }
    }

    @Test(arguments: [0o640, 0o604, 0o644])
    func aFileThatOthersReadIsRefused(_ mode: Int) throws {
        let folder = try TemporaryFolder()
        _ = try SealingKey(path: folder.file("key"))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.file("key"))
        let error = try #require(throws: SealingKeyError.self) { _ = try SealingKey(path: folder.file("key")) }
        #expect(error.description.contains("0600"))
    }

    @Test(arguments: [0, 31, 33, 4096])
    func aFileOfAnotherSizeIsRefused(_ size: Int) throws {
        let folder = try TemporaryFolder()
        try #require(
            FileManager.default.createFile(
                atPath: folder.file("key"), contents: Data(repeating: 1, count: size),
                attributes: [.posixPermissions: 0o600]))
        #expect(throws: SealingKeyError.self) { _ = try SealingKey(path: folder.file("key")) }
    }

    @Test func aMissingFileIsNotReplacedWhereKeysWereSealed() throws {
        let folder = try TemporaryFolder()
        let error = try #require(throws: SealingKeyError.self) {
            _ = try SealingKey(path: folder.file("key"), mayCreate: false)
        }
        #expect(error.description.contains("restore"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func aMissingFolderIsToldAbout() {
        #expect(throws: SealingKeyError.self) { _ = try SealingKey(path: "/proc/nonexistent/key") }
    }

    @Test func manyAtOnceShareOneKey() async throws {
        let folder = try TemporaryFolder()
        let sealed = try SealingKey(path: folder.file("first")).seal(try PrivateKey.generate(.es256))
        #expect(!sealed.isEmpty)
        let key = try PrivateKey.generate(.es256)
        let sealings = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 { group.addTask { try SealingKey(path: folder.file("key")).seal(key) } }
            return try await group.reduce(into: [[UInt8]]()) { $0.append($1) }
        }
        let last = try SealingKey(path: folder.file("key"))
        for sealing in sealings { #expect(try last.open(sealing).publicKey == key.publicKey) }
    }
}
