// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Cryptography
internal import Glibc

/// A key that is open. Used on its own thread, where every call blocks, and closed by who opened it.
///
/// All functions throw ``CTAPFailure``.
final class OpenDevice {
    /// A key without CTAP 2 cannot be told to stop, so it is asked anew this often.
    private static let slice = Duration.seconds(3)

    let entry: DeviceEntry
    private let pointer: OpaquePointer
    private let timeout: Duration
    private let call: DeviceCall

    /// Opens a key.
    ///
    /// - Parameter timeout: for each call.
    init(_ entry: DeviceEntry, timeout: Duration, call: DeviceCall) throws(CTAPFailure) {
        guard let pointer = fido_dev_new() else { throw CTAPFailure(FIDO_ERR_INTERNAL) }
        self.pointer = pointer
        self.entry = entry
        self.timeout = timeout
        self.call = call
        try open()
    }

    deinit {
        var pointer: OpaquePointer? = pointer
        fido_dev_free(&pointer)
    }

    private func open() throws(CTAPFailure) {
        // Opening asks nobody for anything: seconds are plenty.
        fido_dev_set_timeout(pointer, min(timeout, .seconds(10)).milliseconds)
        // A key that says it speaks CTAP 2 and does not answer is broken or gone, not an old one. Cards cannot say it beforehand.
        // The library keeps this for each thread.
        if case .card = entry.link { fido_init(0) } else { fido_init(FIDO_DISABLE_U2F_FALLBACK) }
        var status: Int32
        switch entry.link {
        case .library: status = fido_dev_open(pointer, entry.path)
        case .reports(let connect):
            guard let channel = connect() else { throw CTAPFailure(FIDO_ERR_INTERNAL) }
            var functions = ChannelTable.functions
            let path = ChannelTable.path(for: channel)
            defer { ChannelTable.forget(path) }
            status = fido_dev_set_io_functions(pointer, &functions)
            if status == FIDO_OK { status = fido_dev_open(pointer, path) }
        case .card(let connect):
            guard let channel = connect() else { throw CTAPFailure(FIDO_ERR_INTERNAL) }
            status = CardTransport.open(pointer, over: channel)
        }
        guard status == FIDO_OK else { throw CTAPFailure(status) }
        // What was said of one key, such as how many tries it has left, holds for no other that came in its place meanwhile.
        guard !entry.isUnplugged else {
            _ = fido_dev_close(pointer)
            throw CTAPFailure(FIDO_ERR_TX)
        }
        fido_dev_set_timeout(pointer, timeout.milliseconds)
        // One without CTAP 2 cannot be told to stop.
        if isFIDO2 { call.opened(pointer) }
    }

    /// Closes the key. Calls after this fail.
    func close() { call.closing { _ = fido_dev_close(pointer) } }

    /// Whether the key speaks CTAP 2; else it speaks U2F alone.
    var isFIDO2: Bool { fido_dev_is_fido2(pointer) }
    /// Whether it knows credProtect.
    var knowsProtection: Bool { fido_dev_supports_cred_prot(pointer) }

    /// What the key says of itself.
    func info() throws(CTAPFailure) -> AuthenticatorInfo {
        guard isFIDO2 else { return .u2f }
        guard let info = fido_cbor_info_new() else { throw CTAPFailure(FIDO_ERR_INTERNAL) }
        defer {
            var info: OpaquePointer? = info
            fido_cbor_info_free(&info)
        }
        try perform { fido_dev_get_cbor_info(pointer, info) }
        return AuthenticatorInfo(copying: info)
    }

    /// How many wrong PINs are left.
    func pinTries() throws(CTAPFailure) -> Int {
        var count: Int32 = 0
        try perform { fido_dev_get_retry_count(pointer, &count) }
        return max(0, Int(count))
    }

    /// How many failures of built-in verification are left; `nil` where the key does not tell.
    func verificationTries() -> Int? {
        var count: Int32 = 0
        return fido_dev_get_uv_retry_count(pointer, &count) == FIDO_OK ? max(0, Int(count)) : nil
    }

    /// Makes the key blink and wait for a touch that does nothing else.
    func beginTouch() throws(CTAPFailure) { try perform { fido_dev_get_touch_begin(pointer) } }

    /// Whether it was touched since, after waiting up to a time.
    func isTouched(within time: Duration) throws(CTAPFailure) -> Bool {
        var touched: Int32 = 0
        let status = fido_dev_get_touch_status(pointer, &touched, time.milliseconds)
        guard status == FIDO_OK else { throw CTAPFailure(status) }
        return touched == 1
    }

    /// Ends what the key waits for.
    func stopWaiting() { fido_dev_cancel(pointer) }

    /// Whether the call was cancelled.
    var isCancelled: Bool { call.isCancelled }

    /// Deletes a discoverable credential.
    func delete(_ credentialID: [UInt8], pin: SecretBytes) throws(CTAPFailure) {
        try perform {
            pin.withCString { pin in
                fido_credman_del_dev_rk(pointer, credentialID, credentialID.count, pin)
            }
        }
    }
}

// MARK: - Calls

extension OpenDevice {
    /// Makes a call, and tells a time-out from other silence. What the key waits for ends with the call.
    private func perform(_ body: () -> Int32) throws(CTAPFailure) {
        let start = ContinuousClock.now
        let status = body()
        guard status != FIDO_OK else { return }
        let failure = CTAPFailure(status)
        guard failure.isLostConnection, ContinuousClock.now - start >= timeout - .milliseconds(50) else {
            throw failure
        }
        stopWaiting()
        throw CTAPFailure(status, isTimeout: true)
    }

    /// Makes a call that may wait for a touch. A key without CTAP 2 is asked in slices, so that it can be cancelled.
    private func performWithTouch(_ body: () -> Int32) throws(CTAPFailure) {
        guard !isFIDO2 else { return try perform(body) }
        let end = ContinuousClock.now + timeout
        while true {
            let start = ContinuousClock.now
            let slice = min(Self.slice, max(.zero, end - start))
            fido_dev_set_timeout(pointer, slice.milliseconds)
            let status = body()
            fido_dev_set_timeout(pointer, timeout.milliseconds)
            guard status != FIDO_OK else { return }
            let failure = CTAPFailure(status)
            guard failure.isLostConnection || status == FIDO_ERR_TIMEOUT,
                ContinuousClock.now - start >= slice - .milliseconds(150)
            else { throw failure }
            if call.isCancelled { throw failure }
            if ContinuousClock.now >= end - .milliseconds(150) { throw CTAPFailure(status, isTimeout: true) }
            // A late answer to the last question must not be taken for one to the next: a new channel does not hear it.
            close()
            try open()
        }
    }

    /// Makes a credential.
    func makeCredential(_ request: CredentialRequest, pin: SecretBytes?) throws(CTAPFailure) -> MadeCredential {
        guard let credential = fido_cred_new() else { throw CTAPFailure(FIDO_ERR_INTERNAL) }
        defer {
            var credential: OpaquePointer? = credential
            fido_cred_free(&credential)
        }
        try Self.check(fido_cred_set_type(credential, request.algorithm))
        try Self.check(fido_cred_set_rp(credential, request.relyingPartyID, request.organizationName))
        try Self.check(
            fido_cred_set_user(
                credential, request.userID, request.userID.count, "countersign", request.organizationName, nil))
        try Self.check(
            fido_cred_set_clientdata_hash(credential, request.clientDataHash, request.clientDataHash.count))
        if request.isDiscoverable { try Self.check(fido_cred_set_rk(credential, FIDO_OPT_TRUE)) }
        if request.usesBuiltInVerification { try Self.check(fido_cred_set_uv(credential, FIDO_OPT_TRUE)) }
        if let protection = request.protection {
            try Self.check(fido_cred_set_prot(credential, Int32(protection.rawValue)))
        }
        for id in request.excludedCredentialIDs { try Self.check(fido_cred_exclude(credential, id, id.count)) }
        try performWithTouch { Self.withPIN(pin) { fido_dev_make_cred(pointer, credential, $0) } }
        try Self.verify(credential)
        return MadeCredential(copying: credential)
    }

    /// Gets an assertion by one credential.
    func assertion(_ request: AssertionRequest, pin: SecretBytes?) throws(CTAPFailure) -> MadeAssertion {
        guard let assertion = fido_assert_new() else { throw CTAPFailure(FIDO_ERR_INTERNAL) }
        defer {
            var assertion: OpaquePointer? = assertion
            fido_assert_free(&assertion)
        }
        try Self.check(fido_assert_set_rp(assertion, request.relyingPartyID))
        try Self.check(
            fido_assert_set_clientdata_hash(assertion, request.clientDataHash, request.clientDataHash.count))
        try Self.check(
            fido_assert_allow_cred(assertion, request.credentialID, request.credentialID.count))
        if request.isSilent { try Self.check(fido_assert_set_up(assertion, FIDO_OPT_FALSE)) }
        if request.usesBuiltInVerification { try Self.check(fido_assert_set_uv(assertion, FIDO_OPT_TRUE)) }
        try performWithTouch { Self.withPIN(pin) { fido_dev_get_assert(pointer, assertion, $0) } }
        guard fido_assert_count(assertion) == 1, let made = MadeAssertion(copying: assertion) else {
            throw CTAPFailure(FIDO_ERR_INVALID_CBOR)
        }
        return made
    }

    private static func withPIN(_ pin: SecretBytes?, _ body: (UnsafePointer<CChar>?) -> Int32) -> Int32 {
        guard let pin else { return body(nil) }
        return pin.withCString(body)
    }

    private static func check(_ status: Int32) throws(CTAPFailure) {
        if status != FIDO_OK { throw CTAPFailure(status) }
    }

    /// Checks what the key attests of a new credential so far as that needs no trust in anybody: that it is over this very
    /// credential. Who signed it is for the verifier to judge.
    private static func verify(_ credential: OpaquePointer) throws(CTAPFailure) {
        guard let format = fido_cred_fmt(credential).map({ String(cString: $0) }) else {
            throw CTAPFailure(FIDO_ERR_INVALID_CBOR)
        }
        switch format {
        case "none": return
        case "packed" where fido_cred_x5c_len(credential) == 0: try check(fido_cred_verify_self(credential))
        default: try check(fido_cred_verify(credential))
        }
    }
}

extension Duration {
    /// Whole milliseconds as the library takes them.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        return Int32(clamping: max(0, min(seconds, 1_000_000)) * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
