// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceSignals

/// Where the responder gets the device's signals from.
package protocol SignalSource: Sendable {
    /// Reads these signals. A name that is not known here is left out.
    ///
    /// - Parameter isFresh: whether each is to be read now; otherwise a reading of a moment ago, which tells its time, will do.
    func snapshot(of names: [SignalName], isFresh: Bool) async -> PostureSnapshot
}
