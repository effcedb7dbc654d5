// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A place on Earth.
public struct Place: Hashable, Sendable, Codable {
    /// Degrees north of the equator, -90 to 90.
    public let latitude: Double
    /// Degrees east of Greenwich, -180 to 180.
    public let longitude: Double

    /// A place, or `nil` where the numbers are none.
    public init?(latitude: Double, longitude: Double) {
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }

    /// The shortest way over the Earth, taken as a ball, in kilometres; off by half a percent at most.
    public func distance(to other: Place) -> Double {
        let (from, to) = (latitude * Self.radians, other.latitude * Self.radians)
        let north = sin((to - from) / 2)
        let east = sin((other.longitude - longitude) * Self.radians / 2)
        // Rounding may push it over 1 for places that are opposite.
        let haversine = min(1, north * north + cos(from) * cos(to) * east * east)
        return 2 * Self.radius * asin(haversine.squareRoot())
    }

    private static let radians = Double.pi / 180
    /// The mean radius of the Earth, in kilometres.
    private static let radius = 6371.0088
}
