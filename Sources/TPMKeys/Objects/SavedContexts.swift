// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import Synchronization

/// An object outside the TPM, encrypted by the TPM itself until its next start (TPM2_ContextSave, Part 3 §28.2).
///
/// `@unchecked Sendable` holds because the structure is written once by tpm2-tss, before the reference is shared, and is only
/// read (`Esys_ContextLoad` takes a `const` one) until the last reference goes.
final class SavedContext: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<TPMS_CONTEXT>

    init(owning pointer: UnsafeMutablePointer<TPMS_CONTEXT>) { self.pointer = pointer }

    deinit { Esys_Free(pointer) }
}

/// What need not be made or unwrapped again for each signature: loading it back is the TPM's quickest way to a key.
final class SavedContexts: Sendable {
    private static let capacity = 64
    private let contexts = Mutex<[[UInt8]: SavedContext]>([:])

    /// The context of an object by its name. One too many takes the place of all: they are made again as they are needed.
    subscript(name: [UInt8]) -> SavedContext? {
        get { contexts.withLock { $0[name] } }
        set {
            contexts.withLock { contexts in
                if newValue != nil, contexts[name] == nil, contexts.count >= Self.capacity { contexts = [:] }
                contexts[name] = newValue
            }
        }
    }
}

extension TPMConnection {
    /// Loads an object that was saved, if it still can be: a restart or a clear of the TPM voids what was saved before.
    func load(_ name: [UInt8], from contexts: SavedContexts) throws(TPMFailure) -> ESYS_TR? {
        guard let saved = contexts[name] else { return nil }
        do throws(TPMFailure) {
            let handle = try transient("ContextLoad") { Esys_ContextLoad($0, saved.pointer, $1) }
            if try self.name(of: handle) == name { return handle }
            flush(handle)
        } catch let failure where !failure.isRefusal {
            throw failure
        } catch {}
        contexts[name] = nil
        return nil
    }

    /// Saves an object for the next time. Where the TPM cannot, the next time takes longer.
    func save(_ handle: ESYS_TR, named name: [UInt8], in contexts: SavedContexts) {
        guard contexts[name] == nil else { return }
        var pointer: UnsafeMutablePointer<TPMS_CONTEXT>?
        try? command("ContextSave") { Esys_ContextSave($0, handle, &pointer) }
        if let pointer { contexts[name] = SavedContext(owning: pointer) }
    }

    /// The name of an object that is loaded, as tpm2-tss found it in the public area.
    func name(of handle: ESYS_TR) throws(TPMFailure) -> [UInt8] {
        let name: TPM2B_NAME = try value("TR_GetName") { Esys_TR_GetName($0, handle, $1) }
        return tpmBytes(name.name, name.size)
    }
}
