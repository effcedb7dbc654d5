// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// The releases of operating systems that dynamic requirements are judged by.
///
/// The elements are those of Okta's `ov-configurations`, in groups by operating system; see docs/assurance.md. Pure data:
/// who signed it is checked before it is read.
public struct ReleaseFeed: Hashable, Sendable {
    /// One release.
    public struct Release: Hashable, Sendable {
        /// The newest version of this release.
        public var osVersion: DottedVersion
        /// The release for people, such as `Debian 13 (trixie)`.
        public var displayName: String
        /// Whether it is the newest release of all.
        public var isLatest: Bool
        /// How many major releases came after it; 0 for the latest.
        public var distanceFromLatestMajor: Int
        /// Whether its maker supports it.
        public var supportedMajor: Bool
        /// The last day of that support, where it is known; from the next day on it is not supported, whatever the feed says.
        public var supportEnd: CalendarDay?

        /// A release.
        public init(
            osVersion: DottedVersion, displayName: String, isLatest: Bool, distanceFromLatestMajor: Int,
            supportedMajor: Bool, supportEnd: CalendarDay? = nil
        ) {
            self.osVersion = osVersion
            self.displayName = displayName
            self.isLatest = isLatest
            self.distanceFromLatestMajor = distanceFromLatestMajor
            self.supportedMajor = supportedMajor
            self.supportEnd = supportEnd
        }

        /// Whether it is supported at a time, in seconds since 1970.
        func isSupported(at now: Int64) -> Bool { supportedMajor && (supportEnd.map { now < $0.end } ?? true) }
    }

    /// The releases of one operating system.
    public struct OperatingSystem: Hashable, Sendable {
        /// The platform.
        public var platform: DevicePlatform
        /// The distribution's `ID` of os-release(5), on `LINUX` alone.
        public var distribution: String?
        /// The operating system for people.
        public var name: String
        /// How many components of a version name the major release: 1 for Debian's 13.2, 2 for Ubuntu's 24.04.
        public var majorComponents: Int
        /// Whether it has no releases, but is always the latest (rolling).
        public var isRolling: Bool
        /// Its releases; none where it is rolling.
        public var releases: [Release]

        /// An operating system.
        public init(
            platform: DevicePlatform, distribution: String?, name: String, majorComponents: Int,
            isRolling: Bool = false,
            releases: [Release]
        ) {
            self.platform = platform
            self.distribution = distribution
            self.name = name
            self.majorComponents = majorComponents
            self.isRolling = isRolling
            self.releases = releases
        }

        /// The part of a version that names the major release.
        func major(_ version: DottedVersion) -> MajorVersion {
            MajorVersion(
                components: (0..<majorComponents).map {
                    $0 < version.components.count ? version.components[$0] : 0
                })
        }
    }

    /// When it was issued, in seconds since 1970; a feed never gives way to an older one.
    public var issuedAt: Int64
    /// From when on it is too old to judge by, in seconds since 1970; never where it is `nil`.
    public var expiresAt: Int64?
    /// The operating systems, each once.
    public var operatingSystems: [OperatingSystem]

    /// A feed.
    public init(issuedAt: Int64, expiresAt: Int64? = nil, operatingSystems: [OperatingSystem]) {
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.operatingSystems = operatingSystems
    }

    /// The releases of a platform, or on `LINUX` of a distribution.
    public func operatingSystem(_ platform: DevicePlatform, distribution: String? = nil) -> OperatingSystem? {
        operatingSystems.first { $0.platform == platform && $0.distribution == distribution }
    }
}

/// The components of a version that name a major release; compared as numbers.
struct MajorVersion: Hashable, Comparable, Sendable {
    let components: [Int]

    static func < (left: MajorVersion, right: MajorVersion) -> Bool {
        left.components.lexicographicallyPrecedes(right.components)
    }
}

/// A day of the calendar (UTC), such as `2028-08-09`.
public struct CalendarDay: Hashable, Sendable {
    /// The day as it was written.
    public let text: String
    /// When it is over, in seconds since 1970.
    public let end: Int64

    /// Parses a day of the years 1970 to 9999.
    public init?(_ text: String) {
        guard let start = Timestamp("\(text)T00:00:00Z") else { return nil }
        self.text = text
        end = start.seconds + 86400
    }
}
