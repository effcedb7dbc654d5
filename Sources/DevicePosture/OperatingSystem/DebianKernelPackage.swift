// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Debian mends a kernel without another name for it: the package's version tells, which the running kernel states of itself.
enum DebianKernelPackage {
    static let versionPath = "/proc/sys/kernel/version"

    /// The package's version that the running kernel was built from, such as `6.1.115-1`, where it says so.
    static func version(in text: String) -> PackageVersion? {
        let words = text.split(separator: " ")
        guard let index = words.firstIndex(of: "Debian"), index + 1 < words.count else { return nil }
        return PackageVersion(words[index + 1])
    }

    /// Whether a newer build of the running kernel is installed; `nil` where the kernel is not Debian's, or no package of that
    /// name is installed.
    static func survey(_ running: KernelRelease, in system: SystemView) throws(ReadFailure) -> Finding? {
        guard let text = try system.attributeIfPresent(versionPath), let built = version(in: text),
            try system.exists(InstalledPackages.path)
        else { return nil }
        do throws(ReadFailure) {
            let packages = try system.installedPackages()
            for name in ["linux-image-\(running)", "linux-image-\(running)-unsigned"] {
                guard let package = packages.packages[name]?.first else { continue }
                let evidence = ["running: \(running), \(text.split(separator: " ").suffix(3).joined(separator: " "))"]
                return .known(built < package.version, source: InstalledPackages.path, evidence: evidence)
            }
            return nil
        } catch {
            return .unknown(error, at: InstalledPackages.path)
        }
    }
}
