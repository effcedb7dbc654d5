// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Synchronization

/// Takes reports that a key sends.
package protocol ReportSink: AnyObject, Sendable {
    func send(_ report: [UInt8])
}

/// The frames of CTAPHID (CTAP 2.1 §11.2) around a key: channels, long messages, and one command at a time.
package final class CTAPHIDDevice: Sendable {
    private enum Command {
        static let ping: UInt8 = 0x81
        static let message: UInt8 = 0x83
        static let initialise: UInt8 = 0x86
        static let cbor: UInt8 = 0x90
        static let cancel: UInt8 = 0x91
        static let keepalive: UInt8 = 0xBB
        static let error: UInt8 = 0xBF
    }

    private enum ErrorCode {
        static let invalidCommand: UInt8 = 0x01
        static let invalidLength: UInt8 = 0x03
        static let invalidSequence: UInt8 = 0x04
        static let channelBusy: UInt8 = 0x06
        static let invalidChannel: UInt8 = 0x0B
    }

    private struct Assembly {
        var channel: [UInt8]
        var command: UInt8
        var length: Int
        var data: [UInt8]
        var sequence: UInt8 = 0
    }

    private struct State {
        var channels: [[UInt8]: any ReportSink] = [:]
        var lastChannel: UInt32 = 0
        var assembly: Assembly?
        var running: (channel: [UInt8], transaction: Transaction)?
    }

    package static let reportSize = 64
    private static let broadcast: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    private static let longestMessage = 7609

    /// The key.
    package let authenticator: VirtualAuthenticator
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "virtual-authenticator")

    /// A key with nothing connected to it.
    package init(_ authenticator: VirtualAuthenticator) {
        self.authenticator = authenticator
        authenticator.onRemoval { [weak self] in self?.losePower() }
    }

    /// Forgets who was connected and what was asked; channels that were given are not given again.
    private func losePower() {
        state.withLock { $0 = State(lastChannel: $0.lastChannel) }
    }

    /// Takes one report of a program that listens at a sink.
    package func receive(_ report: [UInt8], from sink: any ReportSink) {
        guard report.count == Self.reportSize, authenticator.isPluggedIn else { return }
        let channel = Array(report[..<4])
        report[4] & 0x80 != 0 ? begin(report, channel, sink) : go(on: report, channel, sink)
    }

    private func begin(_ report: [UInt8], _ channel: [UInt8], _ sink: any ReportSink) {
        let command = report[4]
        let length = Int(report[5]) << 8 | Int(report[6])
        if command == Command.initialise {
            guard length == 8 else { return fail(ErrorCode.invalidLength, channel, sink) }
            return initialise(channel, nonce: Array(report[7..<15]), sink)
        }
        let problem: UInt8? = state.withLock { state in
            guard state.channels[channel] != nil else { return ErrorCode.invalidChannel }
            if command == Command.cancel {
                if state.running?.channel == channel { state.running?.transaction.cancel() }
                return nil
            }
            if let running = state.running, running.channel != channel { return ErrorCode.channelBusy }
            if let assembly = state.assembly, assembly.channel != channel { return ErrorCode.channelBusy }
            guard length <= Self.longestMessage else { return ErrorCode.invalidLength }
            state.channels[channel] = sink
            state.assembly = Assembly(
                channel: channel, command: command, length: length, data: Array(report[7...].prefix(length)))
            return nil
        }
        if let problem { return fail(problem, channel, sink) }
        runIfComplete(sink)
    }

    private func go(on report: [UInt8], _ channel: [UInt8], _ sink: any ReportSink) {
        let problem: UInt8? = state.withLock { state in
            guard var assembly = state.assembly, assembly.channel == channel else { return nil }
            guard report[4] == assembly.sequence else {
                state.assembly = nil
                return ErrorCode.invalidSequence
            }
            assembly.sequence += 1
            assembly.data += report[5...].prefix(assembly.length - assembly.data.count)
            state.assembly = assembly
            return nil
        }
        if let problem { return fail(problem, channel, sink) }
        runIfComplete(sink)
    }

    private func initialise(_ channel: [UInt8], nonce: [UInt8], _ sink: any ReportSink) {
        let given = state.withLock { state in
            if channel != Self.broadcast {
                if state.running?.channel == channel { state.running?.transaction.cancel() }
                if state.assembly?.channel == channel { state.assembly = nil }
                return channel
            }
            state.lastChannel += 1
            let given = [0x0C] + (0..<3).reversed().map { UInt8(truncatingIfNeeded: state.lastChannel >> (8 * $0)) }
            state.channels[given] = sink
            return given
        }
        let model = authenticator.model
        let flags: UInt8 = (model.speaksCTAP2 ? 0x04 : 0) | (model.speaksU2F ? 0 : 0x08)
        send(Command.initialise, nonce + given + [2, 5, 4, 3, flags], channel, sink)
    }

    private func runIfComplete(_ sink: any ReportSink) {
        let ready: (Assembly, Transaction)? = state.withLock { state in
            guard let assembly = state.assembly, assembly.data.count == assembly.length else { return nil }
            state.assembly = nil
            let transaction = Transaction { [weak self] in self?.send(Command.keepalive, [2], assembly.channel, sink) }
            state.running = (assembly.channel, transaction)
            return (assembly, transaction)
        }
        guard let (assembly, transaction) = ready else { return }
        queue.async { [self] in
            let answer = answer(assembly, transaction)
            state.withLock { state in
                if state.running?.transaction === transaction { state.running = nil }
            }
            guard let answer else { return }
            send(answer.command, answer.data, assembly.channel, sink)
        }
    }

    private func answer(_ assembly: Assembly, _ transaction: Transaction) -> (command: UInt8, data: [UInt8])? {
        let model = authenticator.model
        switch assembly.command {
        case Command.ping: return (Command.ping, assembly.data)
        case Command.message where model.speaksU2F:
            return authenticator.answer(apdu: assembly.data).map { (Command.message, $0) }
        case Command.cbor where model.speaksCTAP2:
            return authenticator.answer(ctap: assembly.data, transaction).map { (Command.cbor, $0) }
        default: return (Command.error, [ErrorCode.invalidCommand])
        }
    }

    private func fail(_ code: UInt8, _ channel: [UInt8], _ sink: any ReportSink) {
        send(Command.error, [code], channel, sink)
    }

    private func send(_ command: UInt8, _ data: [UInt8], _ channel: [UInt8], _ sink: any ReportSink) {
        var rest = data[...]
        func next(_ head: [UInt8]) {
            let room = Self.reportSize - head.count
            let part = rest.prefix(room)
            rest = rest.dropFirst(room)
            sink.send(head + part + [UInt8](repeating: 0, count: room - part.count))
        }
        next(channel + [command, UInt8(data.count >> 8 & 0xFF), UInt8(data.count & 0xFF)])
        var sequence: UInt8 = 0
        while !rest.isEmpty, sequence < 0x80 {
            next(channel + [sequence])
            sequence += 1
        }
    }
}
