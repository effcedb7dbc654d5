// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibz

/// Unpacks what was packed by gzip (RFC 1952) or zlib (RFC 1950).
enum GZip {
    /// The contents; `nil` where they are damaged, incomplete, or longer than the limit.
    static func decompress(_ packed: [UInt8], limit: Int) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window, and 32 for "either format".
        guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var packed = packed
        var output = [UInt8](repeating: 0, count: limit)
        let result = packed.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return inflate(&stream, Z_FINISH)
            }
        }
        guard result == Z_STREAM_END else { return nil }
        return Array(output.prefix(limit - Int(stream.avail_out)))
    }
}
