// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Glibc
import TestSupport

/// This process's memory, to look for what should have been wiped.
enum OwnMemory {
    /// Where bytes occur in writable memory, besides the copy that is looked for.
    static func copies(of secret: SecretBytes, in maps: String) -> [String] {
        let file = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        let size = 1 << 20
        // The window overlaps the next, so that nothing is missed between two.
        let window = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { window.deallocate() }
        return secret.withUnsafeBytes { pattern in
            guard let needle = pattern.baseAddress, let start = window.baseAddress else { return ["nowhere"] }
            let own = [UInt(bitPattern: start)..<UInt(bitPattern: start) + UInt(size)]
            var found: [String] = []
            for (region, name) in writable(maps) {
                var address = region.lowerBound
                while address < region.upperBound {
                    let wanted = min(size, Int(region.upperBound - address))
                    let read = pread(file, start, wanted, off_t(address))
                    guard read > pattern.count else { break }
                    var offset = 0
                    while let place = find(pattern, in: UnsafeRawBufferPointer(start: start, count: read), from: offset)
                    {
                        let origin = address + UInt(place)
                        if origin != UInt(bitPattern: needle), !own.contains(where: { $0.contains(origin) }) {
                            found.append(name)
                        }
                        offset = place + 1
                    }
                    address += UInt(read == wanted && wanted == size ? size - pattern.count : read)
                }
            }
            memset(start, 0, size)
            return found
        }
    }

    private static func find(
        _ pattern: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer, from offset: Int
    ) -> Int? {
        guard let start = bytes.baseAddress, let needle = pattern.baseAddress else { return nil }
        var offset = offset
        while offset + pattern.count <= bytes.count,
            let hit = memchr(start + offset, Int32(pattern[0]), bytes.count - pattern.count - offset + 1)
        {
            offset = UnsafeRawPointer(hit) - start
            if memcmp(start + offset, needle, pattern.count) == 0 { return offset }
            offset += 1
        }
        return nil
    }

    /// The writable parts (proc_pid_maps(5)).
    private static func writable(_ maps: String) -> [(Range<UInt>, String)] {
        maps.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count >= 2, fields[1].hasPrefix("rw"), !line.hasSuffix("[vvar]") else { return nil }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            return ends.count == 2 && ends[0] < ends[1] ? (ends[0]..<ends[1], String(line)) : nil
        }
    }

    /// The list of the parts.
    static func maps() -> String {
        let file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += chunk[..<count]
        }
    }
}
