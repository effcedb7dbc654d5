// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The stack below the function that runs, where functions that have returned may have left secrets.
enum DeadStack {
    /// Writes zeros over 64 KiB of it, deeper than tpm2-tss and OpenSSL go.
    ///
    /// An array in the frame itself is what lies there: memory that is asked for by the kilobyte comes from the heap.
    @inline(never)
    static func wipe() {
        var frame = InlineArray<8192, UInt64>(repeating: 0)
        withUnsafeMutableBytes(of: &frame) { TPMKeys.wipe($0) }
    }
}
