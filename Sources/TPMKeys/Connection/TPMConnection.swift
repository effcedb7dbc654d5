// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import DeviceKeys
internal import Glibc

/// A connection to the TPM for one operation. What is opened on it is flushed with it: a plain TPM has three slots, for all.
///
/// Blocks; belongs to the thread of a ``TPMWorker``.
final class TPMConnection {
    private let options: TPMOptions
    private var tcti: OpaquePointer?
    private var context: OpaquePointer?
    private var transients: [ESYS_TR] = []
    private var references: [ESYS_TR] = []
    /// What was in the TPM's slots before, where nobody else looks after them and it could be read.
    private var before: Set<TPM2_HANDLE>?
    /// How the way to the TPM broke. tpm2-tss then takes no more commands on this connection, and says only that they come at
    /// the wrong time.
    private var breakage: TPMFailure?
    /// Whether something could not be flushed.
    private var isUnclean = false

    /// tpm2-tss writes of every failure to stderr unless it is told not to, before its first call. What somebody has set to
    /// find a fault stays.
    private static let silence: Void = { setenv("TSS2_LOG", "all+NONE", 0) }()

    /// Connects.
    ///
    /// - Throws: `DeviceKeyError`.
    init(_ options: TPMOptions) throws(DeviceKeyError) {
        _ = Self.silence
        self.options = options
        try connect()
        if !options.hasResourceManager { before = (try? loadedHandles()).map { Set($0) } }
    }

    deinit { disconnect() }

    private func connect() throws(DeviceKeyError) {
        var pauses = Pauses()
        while Tss2_TctiLdr_Initialize(options.tcti, &tcti) != TSS2_RC_SUCCESS {
            let obstacle = DeviceObstacle(on: options)
            guard obstacle == .busy, pauses.next() else { throw obstacle.error(for: options) }
        }
        guard Esys_Initialize(&context, tcti, nil) == TSS2_RC_SUCCESS else {
            disconnect()
            throw DeviceKeyError(.unavailable, "the TPM's library cannot be used with \(options.tcti)")
        }
    }

    private func disconnect() {
        if context != nil { Esys_Finalize(&context) }
        if tcti != nil { Tss2_TctiLdr_Finalize(&tcti) }
        context = nil
        tcti = nil
    }

    /// Frees everything that was opened, and ends the connection.
    ///
    /// - Parameter hasFailed: whether a command failed. Then the TPM may have opened something that we were not told of.
    func close(hasFailed: Bool) {
        for handle in transients.reversed() { flush(handle) }
        for handle in references { release(handle) }
        references = []
        disconnect()
        if hasFailed || isUnclean, let before { sweep(keeping: before) }
    }

    private func release(_ handle: ESYS_TR) {
        var handle = handle
        _ = Esys_TR_Close(context, &handle)
    }

    /// Flushes what has come into the TPM's slots since the connection began.
    private func sweep(keeping before: Set<TPM2_HANDLE>) {
        breakage = nil
        guard (try? connect()) != nil, let now = try? loadedHandles() else { return }
        var system: OpaquePointer?
        guard Esys_GetSysContext(context, &system) == TSS2_RC_SUCCESS else { return }
        for handle in now where !before.contains(handle) { _ = Tss2_Sys_FlushContext(system, handle) }
        disconnect()
    }

    private func loadedHandles() throws(TPMFailure) -> [TPM2_HANDLE] {
        try handles(from: HandleRange.transient) + handles(from: HandleRange.loadedSessions)
    }
}

/// The pauses before what was put off is tried again: 10 ms, then each twice as long as the one before, some 2.5 seconds in all.
///
/// Neither a TPM nor the kernel tells when it will take the next command, so there is nothing to wait for but time.
private struct Pauses {
    private static let most: UInt32 = 8
    private var taken: UInt32 = 0

    /// Takes the next pause; `false`, at once, where there were enough.
    mutating func next() -> Bool {
        guard taken < Self.most else { return false }
        usleep(10_000 << taken)
        taken += 1
        return true
    }
}

// MARK: - Commands

extension TPMConnection {
    /// Sends a command; again, for a time that is bounded, where the TPM puts it off.
    func command(_ name: String, _ body: (OpaquePointer?) -> TSS2_RC) throws(TPMFailure) {
        if let breakage { throw breakage }
        var pauses = Pauses()
        while true {
            let code = body(context)
            if code == TSS2_RC_SUCCESS { return }
            let failure = TPMFailure(command: name, code: code)
            if failure.isDisconnection { breakage = failure }
            guard failure.isPassing, pauses.next() else { throw failure }
        }
    }

    /// Where tpm2-tss puts a structure of an answer.
    typealias Output<Value> = UnsafeMutablePointer<UnsafeMutablePointer<Value>?>

    /// Sends a command, and takes one structure of the answer.
    func value<Value>(
        _ name: String, _ body: (OpaquePointer?, Output<Value>) -> TSS2_RC
    ) throws(TPMFailure) -> Value {
        var pointer: UnsafeMutablePointer<Value>?
        try command(name) { body($0, &pointer) }
        guard let pointer else { throw .malformed(name) }
        defer { Esys_Free(pointer) }
        return pointer.pointee
    }

    /// Sends a command, and takes two structures of the answer.
    func values<First, Second>(
        _ name: String, _ body: (OpaquePointer?, Output<First>, Output<Second>) -> TSS2_RC
    ) throws(TPMFailure) -> (First, Second) {
        var first: UnsafeMutablePointer<First>?
        var second: UnsafeMutablePointer<Second>?
        try command(name) { body($0, &first, &second) }
        defer {
            Esys_Free(first)
            Esys_Free(second)
        }
        guard let first, let second else { throw .malformed(name) }
        return (first.pointee, second.pointee)
    }

    /// Sends a command that opens an object or a session; it is flushed with the connection, if not before.
    func transient(
        _ name: String, _ body: (OpaquePointer?, UnsafeMutablePointer<ESYS_TR>) -> TSS2_RC
    ) throws(TPMFailure) -> ESYS_TR {
        var handle: ESYS_TR = ESYS_TR_NONE
        try command(name) { body($0, &handle) }
        transients.append(handle)
        return handle
    }

    /// A persistent object or an NV index by the TPM's own handle.
    func reference(to handle: TPM2_HANDLE) throws(TPMFailure) -> ESYS_TR {
        var reference: ESYS_TR = ESYS_TR_NONE
        try command("ReadPublic") {
            Esys_TR_FromTPMPublic($0, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &reference)
        }
        references.append(reference)
        return reference
    }

    /// Frees the slot of an object or a session. A persistent object stays.
    func flush(_ handle: ESYS_TR) {
        guard let index = transients.firstIndex(of: handle) else { return }
        transients.remove(at: index)
        do throws(TPMFailure) {
            try command("FlushContext") { Esys_FlushContext($0, handle) }
        } catch {
            isUnclean = true
        }
    }
}
