// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A command to a card (ISO/IEC 7816-4 §5.1).
struct CommandAPDU: Hashable, Sendable {
    /// What the card and the way to it can carry.
    enum Form: Hashable, Sendable {
        /// At most 255 bytes a command, the rest by chaining.
        case short
        /// As `short`, where the protocol T=0 carries the command, which has no place for both lengths.
        case shortT0
        /// Up to 65,535 bytes at once.
        case extended
    }

    var cla: UInt8 = 0
    var ins: UInt8
    var p1: UInt8 = 0
    var p2: UInt8 = 0
    var data: [UInt8] = []
    /// Whether an answer with data is expected.
    var expectsData = false
    /// How many bytes are expected; 0 for as many as there are.
    var expectedLength: UInt8 = 0

    /// What goes to the card, one after the other; all but the last with the chaining bit (§5.1.1.1).
    func encoded(_ form: Form) -> [[UInt8]] {
        if form == .extended, data.count > 255 {
            let head = [cla, ins, p1, p2, 0, UInt8(data.count >> 8 & 0xFF), UInt8(data.count & 0xFF)]
            return [head + data + (expectsData ? [0, 0] : [])]
        }
        var parts: [[UInt8]] = []
        var rest = data[...]
        while rest.count > 255 {
            parts.append([cla | 0x10, ins, p1, p2, 255] + rest.prefix(255))
            rest = rest.dropFirst(255)
        }
        var last = [cla, ins, p1, p2]
        if !rest.isEmpty { last += [UInt8(rest.count)] + rest }
        switch form {
        case .shortT0: if rest.isEmpty { last.append(expectsData ? expectedLength : 0) }
        case .short, .extended: if expectsData { last.append(expectedLength) }
        }
        return parts + [last]
    }
}

/// A card's answer.
struct ResponseAPDU: Hashable, Sendable {
    var data: [UInt8]
    var status: StatusWord

    /// Reads an answer.
    ///
    /// - Throws: ``CardFailure/malformed(_:)`` where it is too short to be one.
    init(_ bytes: consuming [UInt8]) throws(CardFailure) {
        guard bytes.count >= 2 else { throw .malformed("answer") }
        status = StatusWord(UInt16(bytes[bytes.count - 2]) << 8 | UInt16(bytes[bytes.count - 1]))
        // The answer itself is kept, since it may be secret: no copy of it has to be wiped.
        bytes.removeLast(2)
        data = bytes
    }

    /// Puts the next part of an answer behind this one, and takes its status. Neither part leaves a copy behind.
    mutating func append(_ next: consuming ResponseAPDU) {
        var whole: [UInt8] = []
        whole.reserveCapacity(data.count + next.data.count)
        whole += data
        whole += next.data
        _ = SecretBytes(wiping: &data)
        _ = SecretBytes(wiping: &next.data)
        data = whole
        status = next.status
    }
}
