// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals
public import ExpressionLanguage

extension AccessRequest {
    /// A device.
    public struct Device: Hashable, Sendable {
        /// Its id; known for devices that answered.
        public var id: String?
        /// Whether it is registered, which is whether it is enrolled.
        public var registered: Bool?
        /// Whether it is managed.
        public var managed: Bool?
        /// Its kind.
        public var type: PlatformType?
        /// Its operating system.
        public var system: OperatingSystemType?
        /// Its operating system's version.
        public var systemVersion: DottedVersion?
        /// `device.profile`, beside what the members above say.
        public var profile: [String: ExpressionValue] = [:]
        /// `device.assurance.screenLockType`.
        public var screenLockType: String?
        /// `device.provider`, by vendor.
        public var providers: [String: [String: ExpressionValue]] = [:]
        /// `device.caller`: `binaryIdentifier`, `bindingType`, `validationStatus`.
        public var caller: [String: ExpressionValue] = [:]
        /// What device assurance policies say of it, by their id.
        public var assurance: [String: AssuranceVerdict] = [:]

        /// A device of which nothing is known.
        public init() {}

        /// Takes over what a device reports of itself, below `device.profile` by the signals' own names.
        ///
        /// What is unknown or does not apply is missing, and so is a condition on it undecided.
        public mutating func take(_ snapshot: PostureSnapshot) {
            for (name, reading) in snapshot.readings {
                guard let value = reading.value.map(ExpressionValue.init) else { continue }
                profile[name.rawValue] = value
            }
            screenLockType = snapshot[.screenLockType]?.value?.text ?? screenLockType
            systemVersion = snapshot[.osVersion]?.value?.text.flatMap { DottedVersion($0) } ?? systemVersion
            if let platform = snapshot[.platform]?.value?.text {
                system = OperatingSystemType(rawValue: platform) ?? .other
                type = system.flatMap(Self.type)
            }
        }

        /// The kind of device that a system runs on; `nil` where the system does not tell.
        private static func type(of system: OperatingSystemType) -> PlatformType? {
            switch system {
            case .android, .iOS: .mobile
            case .chromeOS, .linux, .macOS, .windows: .desktop
            case .any, .other: nil
            }
        }
    }

    /// What a device assurance policy says of a device.
    public enum AssuranceVerdict: Hashable, Sendable {
        /// The device meets it.
        case compliant
        /// It does not, but is let in until a grace period ends.
        case inGracePeriod
        /// It does not.
        case notCompliant
        /// Nobody can tell.
        case indeterminate(reason: String)
    }
}

extension SignalValue {
    fileprivate var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}

extension ExpressionValue {
    /// A signal's value as an expression sees it.
    package init(_ value: SignalValue) {
        switch value {
        case .boolean(let boolean): self = .boolean(boolean)
        case .string(let text): self = .string(text)
        case .integer(let number): self = ExpressionValue(Int64(number))
        case .strings(let texts): self = .list(texts.map(ExpressionValue.string))
        }
    }
}
