// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Glibc
internal import Synchronization

/// CTAP messages over one card (CTAP 2.1 §11.3). Used by one thread, but for the cancel command.
final class CardSession {
    private enum Instruction {
        static let select: UInt8 = 0xA4
        static let ctapMessage: UInt8 = 0x10
        static let ctapGetResponse: UInt8 = 0x11
        static let getResponse: UInt8 = 0xC0
    }

    private enum Status {
        static let success: [UInt8] = [0x90, 0x00]
        /// The card is at it; the data field says what it waits for.
        static let working: [UInt8] = [0x91, 0x00]
        static let wrongParameters: [UInt8] = [0x6A, 0x86]
        static let moreData: UInt8 = 0x61
    }

    /// The FIDO applet (CTAP 2.1 §11.3.3).
    static let applet: [UInt8] = [0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01]
    /// The longest answer that is put together, and how many parts it may have.
    private static let longestAnswer = 8192
    private static let mostParts = 256
    private static let largestPart = 240
    private static let pause: UInt32 = 50_000

    /// Whether no card waits for anybody before it answers an instruction.
    static func asksNobody(_ instruction: UInt8) -> Bool {
        [Instruction.select, Instruction.ctapGetResponse, Instruction.getResponse].contains(instruction)
    }

    let channel: any CardChannel
    private var nonce: [UInt8] = []
    private var answer: (data: [UInt8], status: [UInt8])?
    private let isCancelled = Atomic(false)

    init(_ channel: any CardChannel) { self.channel = channel }

    /// Sends a command of CTAPHID's numbering; false where that cannot be said over a card, or the card is gone.
    func send(_ command: UInt8, _ message: [UInt8]) -> Bool {
        if command == UInt8(CTAP_CMD_CANCEL) {
            isCancelled.store(true, ordering: .releasing)
            return true
        }
        isCancelled.store(false, ordering: .releasing)
        switch command {
        case UInt8(CTAP_CMD_INIT):
            nonce = message
            answer = exchange([0x00, Instruction.select, 0x04, 0x00], Self.applet)
        case UInt8(CTAP_CMD_CBOR):
            // The second time for a card that does not know that it may answer before it is done.
            answer = exchange([0x80, Instruction.ctapMessage, 0x80, 0x00], message)
            if answer?.status == Status.wrongParameters {
                answer = exchange([0x80, Instruction.ctapMessage, 0x00, 0x00], message)
            }
        case UInt8(CTAP_CMD_MSG):
            // U2F's messages are extended APDUs: the header, three bytes of length, the data, two bytes of length.
            guard message.count >= 9 else { return false }
            answer = exchange(Array(message[..<4]), Array(message[7..<(message.count - 2)]))
        default: return false
        }
        return answer != nil
    }

    /// The answer to what was sent last, as libfido2 takes it; `nil` where the time is over, or there is none.
    func receive(_ command: UInt8, timeout: Duration?) -> [UInt8]? {
        guard let first = answer else { return nil }
        answer = nil
        switch command {
        case UInt8(CTAP_CMD_INIT): return initialised(first)
        case UInt8(CTAP_CMD_CBOR): return finished(first, timeout: timeout)
        case UInt8(CTAP_CMD_MSG): return first.data + first.status
        default: return nil
        }
    }

    /// What the library expects of CTAPHID_INIT (CTAP 2.1 §11.2.9.1.3), made of the applet's name for itself.
    private func initialised(_ answer: (data: [UInt8], status: [UInt8])) -> [UInt8]? {
        guard answer.status == Status.success, nonce.count == 8 else { return nil }
        let capabilities: Int32
        switch String(decoding: answer.data, as: UTF8.self) {
        // The library itself falls back to U2F where CTAP 2 is not answered.
        case "U2F_V2": capabilities = FIDO_CAP_CBOR
        case let version where version.hasPrefix("FIDO_2_"): capabilities = FIDO_CAP_CBOR | FIDO_CAP_NMSG
        default: return nil
        }
        return nonce + [0, 0, 0, 1, 2, 0, 0, 0, UInt8(capabilities)]
    }

    /// Waits until the card is done.
    private func finished(_ first: (data: [UInt8], status: [UInt8]), timeout: Duration?) -> [UInt8]? {
        let end = timeout.map { ContinuousClock.now + $0 }
        var answer = first
        while answer.status == Status.working {
            // Once the time is over the card is told to stop, too.
            let isOver = end.map { ContinuousClock.now >= $0 } ?? false
            let cancels = isOver || isCancelled.load(ordering: .acquiring)
            usleep(Self.pause)
            let parameter: UInt8 = cancels ? 0x11 : 0x00
            guard let next = exchange([0x80, Instruction.ctapGetResponse, parameter, 0x00], []) else { return nil }
            if isOver { return nil }
            answer = next
        }
        return answer.status == Status.success ? answer.data : nil
    }

    /// One command, in as many parts as it takes, and its whole answer.
    private func exchange(_ header: [UInt8], _ data: [UInt8]) -> (data: [UInt8], status: [UInt8])? {
        var rest = data[...]
        while rest.count > Self.largestPart {
            let part = rest.prefix(Self.largestPart)
            rest = rest.dropFirst(Self.largestPart)
            let chained = [header[0] | 0x10] + header[1...]
            guard let answer = transmit(chained + [UInt8(part.count)] + part), answer.status == Status.success else {
                return nil
            }
        }
        let body = rest.isEmpty ? [] : [UInt8(rest.count)] + rest
        guard var answer = transmit(header + body + [0x00]) else { return nil }
        var all = answer.data
        var parts = 0
        while answer.status[0] == Status.moreData {
            parts += 1
            let wanted: [UInt8] = [header[0] & 0x80, Instruction.getResponse, 0x00, 0x00, answer.status[1]]
            guard parts <= Self.mostParts, let next = transmit(wanted) else { return nil }
            answer = next
            all += next.data
            guard all.count <= Self.longestAnswer else { return nil }
        }
        return (all, answer.status)
    }

    private func transmit(_ command: [UInt8]) -> (data: [UInt8], status: [UInt8])? {
        guard let answer = channel.transmit(command), answer.count >= 2 else { return nil }
        return (Array(answer.dropLast(2)), Array(answer.suffix(2)))
    }
}
