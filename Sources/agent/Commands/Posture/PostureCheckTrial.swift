// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CustomChecks
internal import DevicePosture
internal import DeviceSignals
internal import Pinentry

/// A query of an organisation's own check, tried out on this device.
struct PostureCheckTrial {
    private let query: String

    init(file: String) throws(CommandFailure) {
        let bytes: [UInt8]
        do throws(ReadFailure) {
            bytes = try SystemView.live.read(file, limit: PostureCheckRequest.maximumQueryLength)
        } catch {
            throw CommandFailure("the query '\(DisplayText(file, limit: 200))' \(error.predicate)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("the query '\(DisplayText(file, limit: 200))' is not UTF-8 text")
        }
        query = text
    }

    private struct Document: Encodable {
        let result: PostureCheckReport
        let signals: [SignalName]
    }

    /// Runs it and prints what came of it; fails where that is no value.
    ///
    /// - Parameter origins: the origins of the organisations that the device is enrolled with, `nil` where that is not known.
    func run(in system: SystemView, origins: [String]?, json: Bool) async throws {
        guard let trial = await CustomCheckRunner.live(system, origins: { origins }).trial(of: query) else { return }
        if json {
            try Console.print(json: Document(result: trial.result, signals: trial.signals))
        } else {
            switch trial.result.outcome {
            case .known(let value): Console.print("\(Style.good.apply("value"))    \(DisplayText(value, limit: 256))")
            case .unknown(let reason):
                Console.print("\(Style.warning.apply("unknown"))  \(DisplayText(reason, limit: 300))")
            case .timedOut: Console.print("\(Style.warning.apply("unknown"))  the query took too long")
            }
            let names = trial.signals.map(\.rawValue).joined(separator: ", ")
            let source = trial.result.source == "signals" ? (names.isEmpty ? "nothing" : names) : trial.result.source
            Console.print("from     \(DisplayText(source, limit: 300))")
        }
        if trial.result.value == nil { throw ExitCode(CommandFailure.failed) }
    }
}
