// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Synchronization

/// The functions that carry CTAP messages in APDUs (CTAP 2.1 §11.3), for libfido2, whose packages have none of their own.
enum CardTransport {
    /// Opens a device over a card.
    ///
    /// - Returns: a status of the library.
    static func open(_ device: OpaquePointer, over channel: any CardChannel) -> Int32 {
        var functions = fido_dev_io_t(open: openSession, close: closeSession, read: readNothing, write: writeNothing)
        var transport = fido_dev_transport_t(rx: receive, tx: send)
        var status = fido_dev_set_io_functions(device, &functions)
        if status == FIDO_OK { status = fido_dev_set_transport_functions(device, &transport) }
        guard status == FIDO_OK else {
            channel.close()
            return status
        }
        let path = SessionTable.path(for: channel)
        status = fido_dev_open(device, path)
        SessionTable.take(path)?.close()
        return status
    }

    fileprivate static func session(of device: OpaquePointer?) -> CardSession? {
        guard let device, let handle = fido_dev_io_handle(device) else { return nil }
        return Unmanaged<CardSession>.fromOpaque(handle).takeUnretainedValue()
    }
}

/// Channels that libfido2 is about to open, by the text that is given for a path.
private enum SessionTable {
    private static let state = Mutex<(count: Int, waiting: [String: any CardChannel])>((0, [:]))

    static func path(for channel: any CardChannel) -> String {
        state.withLock { state in
            state.count += 1
            let path = "countersign-card:\(state.count)"
            state.waiting[path] = channel
            return path
        }
    }

    @discardableResult
    static func take(_ path: String) -> (any CardChannel)? { state.withLock { $0.waiting.removeValue(forKey: path) } }
}

private func openSession(_ path: UnsafePointer<CChar>?) -> UnsafeMutableRawPointer? {
    guard let path, let channel = SessionTable.take(String(cString: path)) else { return nil }
    return Unmanaged.passRetained(CardSession(channel)).toOpaque()
}

private func closeSession(_ handle: UnsafeMutableRawPointer?) {
    guard let handle else { return }
    Unmanaged<CardSession>.fromOpaque(handle).takeRetainedValue().channel.close()
}

// The transport's functions take the place of these, and the library wants both.
private func readNothing(
    _: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<UInt8>?, _: Int, _: Int32
) -> Int32 { -1 }
private func writeNothing(_: UnsafeMutableRawPointer?, _: UnsafePointer<UInt8>?, _: Int) -> Int32 { -1 }

private func send(
    _ device: OpaquePointer?, _ command: UInt8, _ buffer: UnsafePointer<UInt8>?, _ count: Int
) -> Int32 {
    guard let session = CardTransport.session(of: device) else { return -1 }
    let message = Array(UnsafeBufferPointer(start: buffer, count: buffer == nil ? 0 : count))
    return session.send(command, message) ? 0 : -1
}

private func receive(
    _ device: OpaquePointer?, _ command: UInt8, _ buffer: UnsafeMutablePointer<UInt8>?, _ size: Int,
    _ milliseconds: Int32
) -> Int32 {
    guard let session = CardTransport.session(of: device), let buffer else { return -1 }
    let timeout = milliseconds < 0 ? nil : Duration.milliseconds(Int64(milliseconds))
    guard let answer = session.receive(command, timeout: timeout), answer.count <= size else { return -1 }
    _ = UnsafeMutableBufferPointer(start: buffer, count: size).update(fromContentsOf: answer)
    return Int32(answer.count)
}
