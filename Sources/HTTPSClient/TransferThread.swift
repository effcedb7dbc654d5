// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcurl
internal import Glibc
internal import Synchronization

/// The thread on which all transfers of a client run, side by side, on one `curl_multi` handle that keeps the connections.
///
/// `@unchecked Sendable` holds because `multi` is used from other threads only for `curl_multi_wakeup`, which libcurl allows,
/// and only before ``stop()`` is honoured; `active` belongs to the thread alone.
final class TransferThread: @unchecked Sendable {
    private struct Inbox {
        var submitted: [(Transfer, CheckedContinuation<Transfer.Outcome, Never>)] = []
        var isStopping = false
        var hasEnded = false
    }

    /// What this works with.
    let library: LoadedLibcurl
    private let multi: UnsafeMutableRawPointer
    private let inbox = Mutex(Inbox())
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]

    private init(library: LoadedLibcurl, multi: UnsafeMutableRawPointer) {
        self.library = library
        self.multi = multi
    }

    private var curl: countersign_curl { library.functions }

    static func start(with library: LoadedLibcurl) throws(HTTPSClientError) -> TransferThread {
        guard let multi = library.functions.multi_init() else {
            throw HTTPSClientError(.broken, "libcurl has no memory left")
        }
        let transfers = TransferThread(library: library, multi: multi)
        var thread = pthread_t()
        let reference = Unmanaged.passRetained(transfers)
        let result = pthread_create(
            &thread, nil,
            { reference in
                if let reference { Unmanaged<TransferThread>.fromOpaque(reference).takeRetainedValue().run() }
                return nil
            }, reference.toOpaque())
        guard result == 0 else {
            reference.release()
            _ = library.functions.multi_cleanup(multi)
            throw HTTPSClientError(.broken, "no thread could be started (\(result)); check the limits of this user")
        }
        pthread_detach(thread)
        return transfers
    }

    func submit(_ transfer: Transfer, _ continuation: CheckedContinuation<Transfer.Outcome, Never>) {
        inbox.withLock { inbox in
            guard !inbox.hasEnded else {
                return continuation.resume(returning: .failure(Self.cancelled))
            }
            inbox.submitted.append((transfer, continuation))
            _ = curl.multi_wakeup(multi)
        }
    }

    func cancel(_ transfer: Transfer) {
        transfer.wasCancelled.store(true, ordering: .releasing)
        wake()
    }

    func stop() {
        inbox.withLock { $0.isStopping = true }
        wake()
    }

    private func wake() {
        // The handle is destroyed with `hasEnded` set under the same lock.
        inbox.withLock { if !$0.hasEnded { _ = curl.multi_wakeup(multi) } }
    }

    private static let cancelled = HTTPSClientError(.cancelled, "the request was cancelled")

    private func run() {
        var running: Int32 = 0
        while true {
            let (submitted, isStopping) = inbox.withLock { inbox in
                defer { inbox.submitted.removeAll() }
                return (inbox.submitted, inbox.isStopping)
            }
            for (transfer, continuation) in submitted { add(transfer, continuation) }
            if isStopping { break }
            dropCancelled()
            _ = curl.multi_perform(multi, &running)
            finishDone()
            _ = curl.multi_poll(multi, nil, 0, active.isEmpty ? Int32.max : 1000, nil)
        }
        end()
    }

    private func add(_ transfer: Transfer, _ continuation: CheckedContinuation<Transfer.Outcome, Never>) {
        transfer.begin(continuation)
        do throws(HTTPSClientError) {
            let handle = try transfer.prepare()
            guard curl.multi_add_handle(multi, handle) == CURLM_OK else {
                throw HTTPSClientError(.broken, "libcurl does not take another request")
            }
            active[handle] = transfer
        } catch {
            transfer.fail(error)
        }
    }

    private func dropCancelled() {
        for (handle, transfer) in active where transfer.wasCancelled.load(ordering: .acquiring) {
            remove(handle)
            transfer.fail(Self.cancelled)
        }
    }

    private func finishDone() {
        var left: Int32 = 0
        while let message = curl.multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            // The message lives in the handle's storage: it is read before the handle goes.
            if let transfer = active[handle] {
                remove(handle)
                transfer.finish(code)
            }
        }
    }

    private func remove(_ handle: UnsafeMutableRawPointer) {
        _ = curl.multi_remove_handle(multi, handle)
        active[handle] = nil
    }

    private func end() {
        for (handle, transfer) in active {
            remove(handle)
            transfer.fail(Self.cancelled)
        }
        let late = inbox.withLock { inbox in
            inbox.hasEnded = true
            _ = curl.multi_cleanup(multi)
            return inbox.submitted
        }
        for (_, continuation) in late { continuation.resume(returning: .failure(Self.cancelled)) }
    }
}
