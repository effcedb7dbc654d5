// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// `platform` of a rule: `exclude` wins, nothing under `include` means every platform.
public struct PlatformCondition: Hashable, Sendable {
    /// A kind of device, and its operating system.
    public struct Platform: Hashable, Sendable {
        /// The kind of device.
        public var type: PlatformType
        /// The operating system; any where it is `nil`.
        public var system: OperatingSystem?

        /// A platform.
        public init(type: PlatformType, system: OperatingSystem? = nil) {
            self.type = type
            self.system = system
        }
    }

    /// An operating system, narrower than a type where it says more.
    public struct OperatingSystem: Hashable, Sendable {
        /// The system.
        public var type: OperatingSystemType
        /// A pattern for systems of type `OTHER`; what it is matched against is not published, so that nobody can tell.
        public var expression: String?
        /// The version.
        public var version: Version?

        /// An operating system.
        public init(type: OperatingSystemType, expression: String? = nil, version: Version? = nil) {
            self.type = type
            self.expression = expression
            self.version = version
        }
    }

    /// The version of an operating system.
    public struct Version: Hashable, Sendable {
        /// How versions are compared.
        public enum MatchType: String, Hashable, Sendable, CaseIterable {
            /// By a pattern that is not published, so that nobody can tell.
            case expression = "EXPRESSION"
            /// By the components that ``Version/value`` names: `12` matches 12.9.
            case semantic = "SEMVER"
        }

        /// How.
        public var matchType: MatchType
        /// What with.
        public var value: String

        /// A version.
        public init(matchType: MatchType, value: String) {
            self.matchType = matchType
            self.value = value
        }
    }

    /// The platforms meant; empty where all are.
    public var include: [Platform]
    /// Those not meant.
    public var exclude: [Platform]
    /// Members that are not known here, as they were read.
    public var unrecognized: [JSONMember] = []

    /// A condition.
    public init(include: [Platform] = [], exclude: [Platform] = []) {
        self.include = include
        self.exclude = exclude
    }
}

/// A kind of device.
public enum PlatformType: String, Hashable, Sendable, CaseIterable {
    /// Any kind.
    case any = "ANY"
    /// A desktop or laptop.
    case desktop = "DESKTOP"
    /// A phone or tablet.
    case mobile = "MOBILE"
    /// Another kind.
    case other = "OTHER"
}

/// An operating system.
public enum OperatingSystemType: String, Hashable, Sendable, CaseIterable {
    /// Any system.
    case any = "ANY"
    /// Android.
    case android = "ANDROID"
    /// ChromeOS.
    case chromeOS = "CHROMEOS"
    /// iOS and iPadOS.
    case iOS = "IOS"
    /// Linux.
    case linux = "LINUX"
    /// macOS.
    case macOS = "MACOS"
    /// Windows.
    case windows = "WINDOWS"
    /// Another system.
    case other = "OTHER"
}
