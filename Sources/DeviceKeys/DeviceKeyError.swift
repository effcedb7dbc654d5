// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a key could not be made, opened or used.
public struct DeviceKeyError: Error, Hashable, Sendable {
    /// The kinds of failure. More may come: a `switch` over them needs a default.
    public struct Code: Hashable, Sendable {
        private enum Kind {
            case keyNotFound, keyDamaged, pinLocked, pinLockedForNow, cancelled, timedOut, noPrompt, interactionNeeded
            case deviceRemoved, permissionDenied, sameHardware, unsupported, unavailable
        }
        private let kind: Kind

        /// There is no such key in its store any more.
        public static let keyNotFound = Code(kind: .keyNotFound)
        /// The key is there but cannot be read.
        public static let keyDamaged = Code(kind: .keyDamaged)
        /// Too many wrong PINs: the key takes none any more, however long one waits. The message says who can undo that, if
        /// anybody can, and at what price.
        public static let pinLocked = Code(kind: .pinLocked)
        /// Too many wrong PINs for now: time gives tries back, and the message says how long that may take.
        public static let pinLockedForNow = Code(kind: .pinLockedForNow)
        /// The person gave up.
        public static let cancelled = Code(kind: .cancelled)
        /// Nobody answered a prompt, or touched the key, in time.
        public static let timedOut = Code(kind: .timedOut)
        /// There was no way to ask the person.
        public static let noPrompt = Code(kind: .noPrompt)
        /// The key was to sign silently, and its hardware wants the person.
        public static let interactionNeeded = Code(kind: .interactionNeeded)
        /// The hardware that holds the key is not there, or was taken away in the middle.
        public static let deviceRemoved = Code(kind: .deviceRemoved)
        /// The user may not use the hardware; the message names what to do.
        public static let permissionDenied = Code(kind: .permissionDenied)
        /// The hardware has a key already that the new one was to be a spare for: it would be lost together with that.
        public static let sameHardware = Code(kind: .sameHardware)
        /// The hardware cannot do what was asked of it.
        public static let unsupported = Code(kind: .unsupported)
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
