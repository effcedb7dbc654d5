// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import VirtualPIVCard

/// Keeps a card in its reader by a thread of its own, until it is pulled out.
final class Inserted: Sendable {
    private let link: VPCDLink

    init(_ link: VPCDLink) { self.link = link }

    /// Puts the card in once.
    func insert() {
        var thread = pthread_t()
        let reference = Unmanaged.passRetained(link)
        pthread_create(
            &thread, nil,
            { reference in
                if let reference { _ = Unmanaged<VPCDLink>.fromOpaque(reference).takeRetainedValue().serve() }
                return nil
            }, reference.toOpaque())
        pthread_detach(thread)
    }
}
