// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What this process takes of the machine, as the kernel tells it (proc(5)). What cannot be read is left out.
struct ProcessUse {
    private(set) var residentBytes: Int?
    private(set) var virtualBytes: Int?
    private(set) var processorSeconds: Double?
    private(set) var startedAt: Double?
    private(set) var openFiles: Int?
    private(set) var mostFiles: Int?

    /// What it takes now.
    init() {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        // The name of the program stands in brackets and may hold anything; fields are counted behind it (proc(5), 3 is the first).
        if let stat = Self.text("/proc/self/stat"), let end = stat.lastIndex(of: ")"), ticks > 0 {
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            let field = { (number: Int) in fields.count > number - 3 ? Double(fields[number - 3]) : nil }
            if let user = field(14), let system = field(15) { processorSeconds = (user + system) / ticks }
            virtualBytes = field(23).map { Int($0) }
            residentBytes = field(24).map { Int($0) * sysconf(Int32(_SC_PAGESIZE)) }
            if let started = field(22) {
                startedAt = Self.time(CLOCK_REALTIME) - Self.time(CLOCK_BOOTTIME) + started / ticks
            }
        }
        openFiles = Self.count("/proc/self/fd")
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int32.max) {
            mostFiles = Int(limit.rlim_cur)
        }
    }

    func write(to text: inout MetricText) {
        func gauge(_ name: String, _ value: (some CustomStringConvertible)?, _ help: String, type: String = "gauge") {
            guard let value else { return }
            text.head(name, type, help)
            text.sample(name, [], value.description)
        }
        gauge("process_resident_memory_bytes", residentBytes, "Resident memory in bytes.")
        gauge("process_virtual_memory_bytes", virtualBytes, "Virtual memory in bytes.")
        gauge("process_cpu_seconds_total", processorSeconds, "Processor time in seconds.", type: "counter")
        gauge("process_start_time_seconds", startedAt, "Start of the process in seconds since 1970.")
        gauge("process_open_fds", openFiles, "Open files.")
        gauge("process_max_fds", mostFiles, "The most open files.")
    }

    private static func time(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The beginning of a file of the kernel's; more than these need.
    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func count(_ directory: String) -> Int? {
        guard let listing = opendir(directory) else { return nil }
        defer { closedir(listing) }
        var count = 0
        while readdir(listing) != nil { count += 1 }
        // Neither the two dots nor this listing itself.
        return max(0, count - 3)
    }
}
