// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import SecretService
import TestSupport
import Testing

@Suite(.enabled(if: SecretServiceSession.isInstalled, "dbus-daemon or gnome-keyring-daemon is not installed"))
struct SecretServiceClientTests {
    private static let attributes = ["application": "countersign-test", "item": "one"]

    private func client(_ session: SecretServiceSession, hasDesktop: Bool = false) -> SecretServiceClient {
        SecretServiceClient(address: session.address, hasDesktop: { hasDesktop }, promptLimit: .seconds(2))
    }

    private func text(_ secret: SecretBytes?) -> String? {
        secret.map { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    }

    private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

    @Test func aSecretIsKeptReplacedFoundAndDeleted() async throws {
        let session = try SecretServiceSession()
        let client = client(session)
        #expect(await client.availability() == .available)
        #expect(try await client.lookup(attributes: Self.attributes) == nil)
        try await client.store(secret("first"), label: "Test", attributes: Self.attributes)
        #expect(text(try await client.lookup(attributes: Self.attributes)) == "first")
        try await client.store(secret("second"), label: "Test", attributes: Self.attributes)
        #expect(text(try await client.lookup(attributes: Self.attributes)) == "second")
        #expect(try await client.lookup(attributes: ["application": "countersign-test", "item": "two"]) == nil)
        try await client.delete(attributes: Self.attributes)
        try await client.delete(attributes: Self.attributes)
        #expect(try await client.lookup(attributes: Self.attributes) == nil)
    }

    @Test func aLockedKeyringWithoutADesktopIsAnError() async throws {
        let session = try SecretServiceSession()
        let client = client(session)
        try await client.store(secret("first"), label: "Test", attributes: Self.attributes)
        session.lock()
        let error = await #expect(throws: SecretServiceError.self) {
            try await client.lookup(attributes: Self.attributes)
        }
        #expect(error?.code == .locked)
        #expect(await client.availability() != .available)
    }

    @Test func aPromptThatNobodyAnswersEnds() async throws {
        let session = try SecretServiceSession()
        let client = client(session, hasDesktop: true)
        try await client.store(secret("first"), label: "Test", attributes: Self.attributes)
        session.lock()
        let started = ContinuousClock.now
        await #expect(throws: SecretServiceError.self) { try await client.lookup(attributes: Self.attributes) }
        #expect(ContinuousClock.now - started < .seconds(30))
    }

    @Test func aBusWithoutASecretServiceIsUnavailable() async throws {
        let session = try SecretServiceSession(withKeyring: false)
        let client = client(session)
        #expect(await client.availability() != .available)
        let error = await #expect(throws: SecretServiceError.self) {
            try await client.lookup(attributes: Self.attributes)
        }
        #expect(error?.code == .unreachable)
    }

    @Test func noBusIsUnavailable() async throws {
        let client = SecretServiceClient(address: "unix:path=/proc/nonexistent/bus", hasDesktop: { true })
        #expect(await client.availability() != .available)
        let error = await #expect(throws: SecretServiceError.self) {
            try await client.store(secret("x"), label: "Test", attributes: Self.attributes)
        }
        #expect(error?.code == .unreachable)
    }
}
