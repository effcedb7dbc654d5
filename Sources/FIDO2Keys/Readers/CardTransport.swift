// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2

/// The functions that carry CTAP messages in APDUs (CTAP 2.1 §11.3).
enum CardTransport {
    /// Opens a device over a card.
    static func open(_ device: OpaquePointer, over channel: any CardChannel) -> Int32 { FIDO_ERR_INTERNAL }
}
