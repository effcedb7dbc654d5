// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a key could not be made, opened or used.
public struct DeviceKeyError: Error, Hashable, Sendable {
    /// The kinds of failure. More may come: a `switch` over them needs a default.
    public struct Code: Hashable, Sendable {
        private enum Kind { case keyNotFound, keyDamaged, pinLocked, cancelled, noPrompt, unavailable }
        private let kind: Kind

        /// There is no such key in its store any more.
        public static let keyNotFound = Code(kind: .keyNotFound)
        /// The key is there but cannot be read.
        public static let keyDamaged = Code(kind: .keyDamaged)
        /// Too many wrong PINs: the key is of no more use.
        public static let pinLocked = Code(kind: .pinLocked)
        /// The person gave up.
        public static let cancelled = Code(kind: .cancelled)
        /// There was no way to ask the person.
        public static let noPrompt = Code(kind: .noPrompt)
        /// The store cannot be used now.
        public static let unavailable = Code(kind: .unavailable)
    }

    /// What kind of failure it is.
    public var code: Code
    /// What happened and what to do, for a person; one line, without secrets.
    public var message: String

    /// A failure with its explanation.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension DeviceKeyError: CustomStringConvertible {
    public var description: String { message }
}
