// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension ReleaseFeed {
    private static let readOnce = Result { () throws(AssurancePolicyError) in
        try decode(PackageResources.release_feed_json, name: "release-feed.json")
    }

    /// The feed that comes with this build, read once; the verifier's administrator can have a newer one.
    ///
    /// - Throws: ``AssurancePolicyError``, which the tests rule out.
    public static func shipped() throws(AssurancePolicyError) -> ReleaseFeed { try readOnce.get() }
}
