// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// What a signal means to a person, whether a reading is as it should be, and what to do where it is not.
///
/// A guide advises. It judges nothing for a verifier: what a verifier asks for is its policy's alone.
public struct SignalGuide: Sendable {
    /// How a reading looks to somebody who cares for the machine.
    public enum Standing: Int, Hashable, Sendable, Comparable, CaseIterable {
        /// It should be changed.
        case wrong
        /// It could not be found out.
        case unknown
        /// As it should be.
        case good
        /// A fact that is neither good nor bad.
        case plain

        public static func < (left: Standing, right: Standing) -> Bool { left.rawValue < right.rawValue }
    }

    /// What to do, and the command for it where one is enough.
    public struct Remedy: Hashable, Sendable {
        /// A sentence.
        public var advice: String
        /// A command line, for a shell.
        public var command: String?

        /// A remedy.
        public init(_ advice: String, command: String? = nil) {
            self.advice = advice
            self.command = command
        }
    }

    /// The signal.
    public let name: SignalName
    /// What it is called, in a few words.
    public let title: String
    /// What it means, in a sentence.
    public let meaning: String
    private let isGood: (@Sendable (SignalValue) -> Bool)?
    private let remedy: (@Sendable (Distribution) -> Remedy)?

    /// A guide to a signal that is a fact alone.
    init(_ name: SignalName, _ title: String, _ meaning: String) {
        self.name = name
        self.title = title
        self.meaning = meaning
        isGood = nil
        remedy = nil
    }

    /// A guide to a signal that can be wrong.
    ///
    /// - Parameters:
    ///   - isGood: whether a value is as it should be.
    ///   - remedy: what to do where it is not, by the distribution.
    init(
        _ name: SignalName, _ title: String, _ meaning: String, isGood: @escaping @Sendable (SignalValue) -> Bool,
        remedy: @escaping @Sendable (Distribution) -> Remedy
    ) {
        self.name = name
        self.title = title
        self.meaning = meaning
        self.isGood = isGood
        self.remedy = remedy
    }

    /// How a reading looks.
    public func standing(of state: SignalState) -> Standing {
        switch state {
        case .known(let value): isGood.map { $0(value) ? .good : .wrong } ?? .plain
        case .unknown: .unknown
        case .notApplicable: .plain
        }
    }

    /// What to do about a reading; `nil` where there is nothing to do, or nothing is known to help.
    public func remedy(of state: SignalState, on distribution: Distribution) -> Remedy? {
        switch state {
        case .known(let value):
            guard let isGood, let remedy, !isGood(value) else { return nil }
            return remedy(distribution)
        case .unknown(let reason)
        where reason.contains(Self.needsHelper) && PostureQuestion.allCases.contains { $0.signals.contains(name) }:
            return Remedy("Install and start the posture helper.", command: Self.startHelper)
        case .unknown, .notApplicable:
            return nil
        }
    }

    /// How every reason ends that tells of a reading which needs more rights than the person's.
    static let needsHelper = "needs the posture helper"
    private static let startHelper = "sudo systemctl enable --now countersign-posture-helper.socket"
}

extension SignalGuide.Remedy {
    /// A remedy whose command differs between distributions.
    ///
    /// - Parameters:
    ///   - advice: the sentence.
    ///   - commands: the command lines; a family that is not here gets the sentence alone.
    static func by(
        _ distribution: Distribution, _ advice: String, _ commands: [Distribution: String]
    ) -> SignalGuide.Remedy {
        SignalGuide.Remedy(advice, command: commands[distribution])
    }
}

extension SignalValue {
    /// Whether it is the boolean `true`.
    var isTrue: Bool { self == .boolean(true) }
    /// Whether it is the boolean `false`.
    var isFalse: Bool { self == .boolean(false) }
    /// Whether it is a list without entries.
    var isEmptyList: Bool { self == .strings([]) }
}
