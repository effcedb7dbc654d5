// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The kernels that are installed, by their modules and images.
struct InstalledKernels: Sendable {
    static let modulesPath = "/lib/modules"

    /// All of them, in no order.
    let releases: [KernelRelease]

    /// Reads the kernels of the machine.
    ///
    /// A folder of modules alone does not make a kernel: modules that were built on the machine stay behind when their kernel is
    /// removed. The list of what is built in belongs to the kernel's package, as does the image.
    init(in system: SystemView) throws(ReadFailure) {
        var names: Set<String> = []
        do {
            for name in try system.list(Self.modulesPath, limit: 1024)
            where try Self.isKernel("\(Self.modulesPath)/\(name)", in: system) { names.insert(name) }
        } catch ReadFailure.absent {
            // A kernel without modules is possible.
        } catch {
            throw error
        }
        // Where this folder may not be listed, the modules tell.
        for name in (try? system.list("/boot", limit: 1024)) ?? [] {
            for prefix in ["vmlinuz-", "vmlinux-"] where name.hasPrefix(prefix) {
                names.insert(String(name.dropFirst(prefix.count)))
            }
        }
        releases = names.filter { !$0.hasPrefix("0-rescue") }.compactMap { KernelRelease($0) }
    }

    /// The kernels of a list, for tests and for systems that keep them elsewhere.
    init(_ releases: [KernelRelease]) { self.releases = releases }

    /// The newest of a flavour.
    func newest(of flavour: String) -> KernelRelease? {
        releases.filter { $0.flavour == flavour }.max { $0.compared(to: $1) < 0 }
    }

    private static func isKernel(_ folder: String, in system: SystemView) throws(ReadFailure) -> Bool {
        for name in ["modules.builtin", "vmlinuz"] where try system.exists("\(folder)/\(name)") { return true }
        return false
    }
}
