// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DeviceSignals

/// Where the responder gets the device's signals from.
package protocol SignalSource: Sendable {
    /// Reads these signals now. A name that is not known here is left out.
    func snapshot(of names: [SignalName]) async -> PostureSnapshot
}
