// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// What a policy asks of Linux beside what it asks of every desktop. Ours; absent conditions are not asked for.
public struct LinuxConditions: Hashable, Sendable {
    /// Pending security updates, and how old the machine's knowledge of them may be.
    public struct SecurityUpdates: Hashable, Sendable {
        /// How old the knowledge may be.
        public var maximumAge: ISO8601Duration
        /// How many security updates may be pending; `nil` where the document does not say, which is none.
        public var maximumPending: Int?

        /// A condition.
        public init(maximumAge: ISO8601Duration, maximumPending: Int? = nil) {
            self.maximumAge = maximumAge
            self.maximumPending = maximumPending
        }
    }

    /// Systems of mandatory access control.
    public enum AccessControl: String, Hashable, Sendable, CaseIterable {
        /// AppArmor.
        case appArmor = "APPARMOR"
        /// SELinux, enforcing.
        case seLinux = "SELINUX"
        /// Smack.
        case smack = "SMACK"
        /// TOMOYO with a profile that is enforced.
        case tomoyo = "TOMOYO"
    }

    /// Modes of the kernel's lockdown, the weaker one first.
    public enum Lockdown: String, Hashable, Sendable, CaseIterable {
        /// Root cannot change the running kernel.
        case integrity = "INTEGRITY"
        /// Nor read its secrets.
        case confidentiality = "CONFIDENTIALITY"
    }

    /// Products that protect the device, and how far one of them has to be known to work.
    public struct EndpointProtection: Hashable, Sendable {
        /// How far a product is known to work, the least first.
        public enum State: String, Hashable, Sendable, CaseIterable, Comparable {
            /// It is there.
            case installed = "INSTALLED"
            /// It runs.
            case running = "RUNNING"
            /// It says that it works.
            case healthy = "HEALTHY"

            public static func < (left: State, right: State) -> Bool {
                (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
            }
        }

        /// The products of which one is enough, as the signal names them.
        public var products: [String]
        /// How far it has to be known to work; `nil` where the document does not say, which is running.
        public var state: State?

        /// A condition.
        public init(products: [String], state: State? = nil) {
            self.products = products
            self.state = state
        }
    }

    /// Whether the kernel has to drop what strangers send.
    public var requiresFirewall = false
    /// Whether Secure Boot has to be enforced.
    public var requiresSecureBoot = false
    /// Which security updates may be pending.
    public var securityUpdates: SecurityUpdates?
    /// Whether security updates have to be installed by themselves.
    public var requiresAutomaticUpdates = false
    /// The systems of mandatory access control of which one has to be enforced.
    public var mandatoryAccessControl: [AccessControl] = []
    /// The modes of lockdown that are accepted.
    public var kernelLockdown: [Lockdown] = []
    /// The least level of fwupd's Host Security ID, 1 to 5.
    public var minimumHSILevel: Int?
    /// Whether a machine that logs somebody in by itself is refused.
    public var forbidsAutoLogin = false
    /// Which product has to protect the device.
    public var endpointProtection: EndpointProtection?
    /// Whether an agent has to run by which an organisation manages the device.
    public var requiresManagement = false

    /// Nothing that is asked for.
    public init() {}

    /// Whether nothing is asked for.
    public var isEmpty: Bool { self == LinuxConditions() }

    /// The members of a policy that state these conditions.
    static let members: Set<String> = [
        "firewall", "secureBoot", "securityUpdates", "automaticUpdates", "mandatoryAccessControl", "kernelLockdown",
        "hsiLevel", "autoLogin", "endpointProtection", "deviceManaged",
    ]

    /// The signals that the conditions are judged by.
    var requiredSignals: [SignalName] {
        let asked: [(Bool, [SignalName])] = [
            (requiresFirewall, [.firewall]), (requiresSecureBoot, [.secureBoot]),
            (securityUpdates != nil, [.securityUpdatesPending, .securityUpdatesAge]),
            (requiresAutomaticUpdates, [.automaticUpdates]),
            (!mandatoryAccessControl.isEmpty, [.mandatoryAccessControl]),
            (!kernelLockdown.isEmpty, [.kernelLockdown]), (minimumHSILevel != nil, [.hsiLevel]),
            (forbidsAutoLogin, [.autoLogin]), (endpointProtection != nil, [.endpointProtection]),
            (requiresManagement, [.deviceManaged]),
        ]
        return asked.flatMap { $0.0 ? $0.1 : [] }
    }
}
