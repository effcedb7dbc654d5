// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Synchronization

/// Lends channels of ours to libfido2, whose functions know a channel by the text that is given for a path.
enum ChannelTable {
    private static let waiting = Mutex<[String: any ReportChannel]>([:])
    private static let count = Mutex(0)

    /// The functions that libfido2 calls.
    static var functions: fido_dev_io_t {
        fido_dev_io_t(open: openChannel, close: closeChannel, read: readReport, write: writeReport)
    }

    /// The path by which libfido2 is to open a channel, once.
    static func path(for channel: any ReportChannel) -> String {
        let number = count.withLock { count in
            count += 1
            return count
        }
        let path = "countersign-channel:\(number)"
        waiting.withLock { $0[path] = channel }
        return path
    }

    /// Takes back a path that was not opened.
    static func forget(_ path: String) { waiting.withLock { $0[path] = nil } }

    fileprivate static func take(_ path: String) -> (any ReportChannel)? {
        waiting.withLock { $0.removeValue(forKey: path) }
    }
}

/// What libfido2 holds as its handle.
private final class Handle {
    let channel: any ReportChannel
    init(_ channel: any ReportChannel) { self.channel = channel }
}

private func openChannel(_ path: UnsafePointer<CChar>?) -> UnsafeMutableRawPointer? {
    guard let path, let channel = ChannelTable.take(String(cString: path)) else { return nil }
    return Unmanaged.passRetained(Handle(channel)).toOpaque()
}

private func closeChannel(_ handle: UnsafeMutableRawPointer?) {
    guard let handle else { return }
    Unmanaged<Handle>.fromOpaque(handle).takeRetainedValue().channel.close()
}

private func readReport(
    _ handle: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<UInt8>?, _ size: Int, _ milliseconds: Int32
) -> Int32 {
    guard let handle, let buffer else { return -1 }
    let channel = Unmanaged<Handle>.fromOpaque(handle).takeUnretainedValue().channel
    let timeout = milliseconds < 0 ? nil : Duration.milliseconds(Int64(milliseconds))
    guard let report = channel.read(timeout: timeout), report.count <= size else { return -1 }
    UnsafeMutableBufferPointer(start: buffer, count: size).update(repeating: 0)
    _ = UnsafeMutableBufferPointer(start: buffer, count: size).update(fromContentsOf: report)
    return Int32(report.count)
}

private func writeReport(
    _ handle: UnsafeMutableRawPointer?, _ buffer: UnsafePointer<UInt8>?, _ count: Int
) -> Int32 {
    // The library puts the report's number in front, as hidraw wants it.
    guard let handle, let buffer, count > 1 else { return -1 }
    let channel = Unmanaged<Handle>.fromOpaque(handle).takeUnretainedValue().channel
    let report = Array(UnsafeBufferPointer(start: buffer + 1, count: count - 1))
    return channel.write(report) ? Int32(count) : -1
}
