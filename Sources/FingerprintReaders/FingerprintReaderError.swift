// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import MessageBus

/// Why a finger was not looked at, or not known.
package struct FingerprintReaderError: Error, Hashable, Sendable {
    /// The kinds of failure. More may come: a `switch` over them needs a default.
    package struct Code: Hashable, Sendable {
        private enum Kind {
            case noService, noReader, noFingerEnrolled, inUse, notPermitted, removed, notRecognized, timedOut, cancelled
            case failed
        }
        private let kind: Kind

        /// fprintd is not on the system bus, or there is no such bus.
        package static let noService = Code(kind: .noService)
        /// The machine has no reader that fprintd knows.
        package static let noReader = Code(kind: .noReader)
        /// The reader has no finger of the person's.
        package static let noFingerEnrolled = Code(kind: .noFingerEnrolled)
        /// Another program uses the reader now.
        package static let inUse = Code(kind: .inUse)
        /// The person may not use the reader: polkit says so, as to sessions that are not at the machine.
        package static let notPermitted = Code(kind: .notPermitted)
        /// The reader, or fprintd, went away in the middle.
        package static let removed = Code(kind: .removed)
        /// The reader knew none of the fingers that were shown to it.
        package static let notRecognized = Code(kind: .notRecognized)
        /// Nobody came in time.
        package static let timedOut = Code(kind: .timedOut)
        /// The task was cancelled.
        package static let cancelled = Code(kind: .cancelled)
        /// The reader failed, or fprintd does not answer, or with what does not belong there.
        package static let failed = Code(kind: .failed)
    }

    /// What kind of failure it is.
    package var code: Code
    /// What happened and what to do, for a person; one line.
    package var message: String

    /// A failure with its explanation.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    static let removed = FingerprintReaderError(
        .removed, "the fingerprint reader, or fprintd, went away: plug the reader in, then try again")
    static let timedOut = FingerprintReaderError(.timedOut, "nobody put a finger on the reader in time")
    static let cancelled = FingerprintReaderError(.cancelled, "the finger is no longer waited for")
    static let notRecognized = FingerprintReaderError(
        .notRecognized,
        "the fingerprint reader knew none of \(FingerprintCheck.mostTries) fingers: try again with the one that you enrolled "
            + "('fprintd-list $USER'), or enrol another ('fprintd-enroll')")
    static let noFingerEnrolled = FingerprintReaderError(
        .noFingerEnrolled, "the fingerprint reader has no finger of yours: enrol one with 'fprintd-enroll'")
}

extension FingerprintReaderError: CustomStringConvertible {
    package var description: String { message }
}

extension FingerprintReaderError: BusFailure {
    /// The names of errors are those of fprintd's D-Bus interface (`net.reactivated.Fprint.Error`).
    package init(_ problem: BusProblem) {
        switch problem {
        case .noBus, .noService:
            self.init(
                .noService, "fprintd does not run here: install it (the package fprintd) to use a fingerprint reader")
        case .noReply: self.init(.failed, "the fingerprint service does not answer: try again")
        case .refused(_, error: "net.reactivated.Fprint.Error.NoSuchDevice"):
            self.init(.noReader, "this machine has no fingerprint reader that fprintd knows")
        case .refused(_, error: "net.reactivated.Fprint.Error.NoEnrolledPrints"): self = .noFingerEnrolled
        case .refused(_, error: "net.reactivated.Fprint.Error.AlreadyInUse"):
            self.init(.inUse, "another program uses the fingerprint reader now: end it, then try again")
        case .refused(_, error: "net.reactivated.Fprint.Error.PermissionDenied"),
            .refused(_, error: "org.freedesktop.DBus.Error.AccessDenied"):
            self.init(
                .notPermitted, "you may not use the fingerprint reader in this session: sign in at the machine itself")
        case .refused(_, error: "org.freedesktop.DBus.Error.UnknownObject"),
            .refused(_, error: "org.freedesktop.DBus.Error.UnknownMethod"):
            self = .removed
        case .refused(let member, let error):
            self.init(.failed, "the fingerprint service refused \(member) (\(error)): try again")
        case .malformed: self.init(.failed, "the fingerprint service answered with what does not belong there")
        }
    }
}
