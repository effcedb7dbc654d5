// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Hummingbird
package import NIOCore

/// What a request brings along besides its bytes.
package struct VerifierRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The connection.
    package let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    package var maxUploadSize: Int { RequestReader.maximumBody }
}
