// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import DeviceSignals

/// Something that reads signals of this device: the plug point for every new signal.
///
/// A collector is asked on a thread where it may block; ``PostureCollector`` gives each one that may wait its own task, and all
/// of them one deadline. It reads through the ``SystemView`` that it is given and nowhere else, so that a folder of files stands
/// in for a machine in tests.
public protocol SignalCollector: Sendable {
    /// The signals that this collector can read.
    ///
    /// Several collectors may read the same one with different rights; see ``PostureCollector`` for which reading stands.
    var signals: [SignalName] { get }

    /// Whether reading may take longer than the kernel needs to answer: a command, a file on another machine. What never waits
    /// shares a thread.
    var mayWait: Bool { get }

    /// Reads those of ``signals`` that are requested.
    ///
    /// Never throws: a signal that cannot be read is `unknown` with the reason. A requested signal that is missing in the
    /// answer is reported as unknown, one that was not requested is dropped.
    func collect(_ requested: Set<SignalName>, in system: SystemView) async -> [SignalName: SignalReading]
}

extension SignalCollector {
    public var mayWait: Bool { true }
}
