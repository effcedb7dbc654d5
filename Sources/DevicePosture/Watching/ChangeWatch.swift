// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Waits until something changes that signals are read from: files, mounts, swap space, devices, services. It never looks by itself,
/// so that nothing wakes up while nothing happens.
///
/// Not seen are changes of which nobody tells: values below `/proc/sys`, files on network file systems that another machine changes;
/// and rules of the packet filter that neither firewalld nor a file stands for, of which the kernel tells root alone.
public final class ChangeWatch: Sendable {
    /// Why nothing can be watched.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// What failed, with its error number.
        public let description: String

        init(_ what: String, errno number: Int32) { description = "\(what) failed (error \(number))" }
    }

    /// How long changes are gathered that come together, in milliseconds.
    private static let settling: Int32 = 300
    /// The longest time that changes without a pause are gathered, in milliseconds.
    private static let mostSettling: Int64 = 3000

    private let files: FileWatch
    private let devices: Int32?
    private let tables: [Int32]
    /// `nil` where there is no message bus.
    private let services: ServiceWatch?

    /// Begins to watch.
    ///
    /// - Parameter systemBus: the address of the machine's message bus; the usual one where none is given.
    /// - Throws: ``Failure`` where the kernel gives no descriptor for it.
    public init(system: SystemView, systemBus: String? = nil) throws(Failure) {
        files = try FileWatch(system: system)
        devices = Self.openDevices()
        tables = ["/proc/self/mountinfo", "/proc/swaps"].map { (path: String) in open(path, O_RDONLY | O_CLOEXEC) }
            .filter { $0 >= 0 }
        do throws(ServiceFailure) { services = try ServiceWatch(systemBus: systemBus) } catch {
            guard error == .noBus else { throw Failure("listening to the message bus", errno: ECOMM) }
            services = nil
        }
    }

    deinit {
        for descriptor in tables { close(descriptor) }
        if let devices { close(devices) }
    }

    /// Waits for the next change and for those that come with it; blocks, without an end where nothing changes.
    ///
    /// - Throws: ``Failure`` where the kernel can no longer be asked, or the message bus has ended.
    public func wait() throws(Failure) {
        // What a service told while it was asked lies in the library, and not on the descriptor.
        var changed = try takeServices()
        while !changed { changed = try poll(for: -1) }
        let end = ContinuousClock.now + .milliseconds(Self.mostSettling)
        while ContinuousClock.now < end, try poll(for: Self.settling) {}
    }

    /// Waits until a descriptor tells of a change, and takes what it tells.
    ///
    /// - Returns: whether something changed that may matter.
    private func poll(for milliseconds: Int32) throws(Failure) -> Bool {
        var entries = [pollfd(fd: files.descriptor, events: Int16(POLLIN), revents: 0)]
        if let devices { entries.append(pollfd(fd: devices, events: Int16(POLLIN), revents: 0)) }
        // The kernel marks a change of these tables as an error of priority (proc_pid_mountinfo(5)).
        entries += tables.map { pollfd(fd: $0, events: Int16(POLLPRI), revents: 0) }
        let others = entries.count
        if let services { entries.append(pollfd(fd: services.descriptor, events: Int16(POLLIN), revents: 0)) }
        let ready = Glibc.poll(&entries, nfds_t(entries.count), milliseconds)
        guard ready >= 0 || errno == EINTR else { throw Failure("poll", errno: errno) }
        let changedFiles = ready > 0 && entries[0].revents != 0 && files.takeRelevant()
        if ready > 0, let devices { Self.drain(devices) }
        let toldServices = ready > 0 && entries[others...].contains { $0.revents != 0 }
        let changedServices = toldServices ? try takeServices() : false
        return changedFiles || changedServices || entries[1..<others].contains { $0.revents != 0 }
    }

    private func takeServices() throws(Failure) -> Bool {
        guard let services else { return false }
        guard let isRelevant = services.takeRelevant() else {
            throw Failure("listening to the message bus", errno: ECONNRESET)
        }
        return isRelevant
    }

    /// A socket on which the kernel tells of devices (netlink(7), `NETLINK_KOBJECT_UEVENT`, group 1); `nil` where there is none, as
    /// in a container.
    private static func openDevices() -> Int32? {
        let kobjectEvents: Int32 = 15
        let descriptor = socket(
            AF_NETLINK, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
            kobjectEvents)
        guard descriptor >= 0 else { return nil }
        // sockaddr_nl: family and padding of 16 bits each, port and groups of 32 bits each.
        let address: [UInt32] = [UInt32(UInt16(AF_NETLINK)).littleEndian, 0, 1]
        let bound = address.withUnsafeBytes { bytes in
            bytes.baseAddress.map {
                bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            } ?? -1
        }
        guard bound == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func drain(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 8192)
        while recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
    }
}
