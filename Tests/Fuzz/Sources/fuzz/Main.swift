// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// libFuzzer's own entry, in a runtime without `main`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Runs one target: `fuzz TARGET [libFuzzer's options] [corpus…]`; without a target, prints the targets' names.
@main
enum Main {
    static func main() {
        guard let name = CommandLine.arguments.dropFirst().first, FuzzTarget.all[name] != nil else {
            for name in FuzzTarget.all.keys.sorted() { print(name) }
            exit(CommandLine.arguments.count == 1 ? 0 : 2)
        }
        // libFuzzer takes the program's name first: the target's name stands there.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        exit(
            runDriver(&count, &arguments) { bytes, count in
                FuzzTarget.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }
}
