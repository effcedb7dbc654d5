// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

extension SystemView {
    /// Gives the lines of a file to a closure, one after the other, and keeps none of them.
    ///
    /// For files that are too long to be held as a whole. A last line without an end counts as one.
    ///
    /// - Parameters:
    ///   - limit: the most bytes of the file.
    ///   - lineLimit: the most bytes of a line.
    ///   - body: takes a line without its end; reading stops where it answers `false`.
    /// - Throws: ``ReadFailure``; a file or a line that is too long is a failure, never cut.
    func forEachLine(
        of path: String, limit: Int, lineLimit: Int = 256 * 1024, _ body: (ArraySlice<UInt8>) -> Bool
    ) throws(ReadFailure) {
        let descriptor = try opened(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ReadFailure(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .wrongKind }
        guard Int(status.st_size) <= limit else { throw .tooLarge(limit: limit) }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        var start = 0
        var end = 0
        var total = 0
        while true {
            if end == buffer.count {
                if start == 0 {
                    guard buffer.count < lineLimit else { throw .tooLarge(limit: lineLimit) }
                    buffer.append(contentsOf: repeatElement(0, count: buffer.count))
                } else {
                    buffer.replaceSubrange(0..<(end - start), with: Array(buffer[start..<end]))
                    (start, end) = (0, end - start)
                }
            }
            let count = buffer.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress.map { $0 + end }, bytes.count - end)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ReadFailure(errno: errno) }
            if count == 0 {
                if start < end { _ = body(buffer[start..<end]) }
                return
            }
            total += count
            guard total <= limit else { throw .tooLarge(limit: limit) }
            let seen = end
            end += count
            var search = seen
            while let newline = Self.newline(in: buffer, from: search, to: end) {
                guard body(buffer[start..<newline]) else { return }
                start = newline + 1
                search = start
            }
        }
    }

    private static func newline(in buffer: [UInt8], from start: Int, to end: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard start < end, let base = bytes.baseAddress, let found = memchr(base + start, 10, end - start) else {
                return nil
            }
            return UnsafeRawPointer(found) - base
        }
    }
}
