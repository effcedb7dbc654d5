// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// `device` of a rule; each member is compared exactly, none is a minimum.
public struct DeviceCondition: Hashable, Sendable {
    /// Whether the device is registered.
    public var registered: Bool?
    /// Whether the device is managed.
    public var managed: Bool?
    /// Device assurance policies by id, of which the device meets one; empty where none is asked for.
    public var assurance: [String]
    /// Members that are not known here, as they were read.
    public var unrecognized: [JSONMember] = []

    /// A condition.
    public init(registered: Bool? = nil, managed: Bool? = nil, assurance: [String] = []) {
        self.registered = registered
        self.managed = managed
        self.assurance = assurance
    }
}
