// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Runs one of the fuzz targets: `fuzz NAME [libFuzzer's options and corpus]`; without a name it prints all names.
@main struct Fuzz {
    /// The target of this process; set once, before the fuzzer starts.
    nonisolated(unsafe) private static var target: @Sendable ([UInt8]) -> Void = { _ in }

    static func main() {
        guard CommandLine.argc > 1, let chosen = FuzzTarget.all[CommandLine.arguments[1]] else {
            print(FuzzTarget.all.keys.sorted().joined(separator: "\n"))
            return
        }
        target = chosen
        var count = CommandLine.argc - 1
        var arguments = CommandLine.unsafeArgv + 1
        _ = runFuzzer(&count, &arguments) { bytes, count in
            Fuzz.target(Array(UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
    }
}

/// libFuzzer's own loop, as a library.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<Int8>?>>,
    _ target: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
