// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a reader with a pad offers (PC/SC Part 10 §2.2, §2.5.2).
enum ReaderFeatures {
    /// The control code that asks for the list (`CM_IOCTL_GET_FEATURE_REQUEST`, in pcsc-lite's numbering).
    static let request: UInt32 = 0x4200_0000 + 3400
    private static let verifyPINDirect: UInt8 = 0x06
    /// How many seconds the reader waits for the person.
    private static let patience: UInt8 = 60

    /// The control code of "verify a PIN typed on the pad" from a reader's list; `nil` where it offers no such thing.
    static func verifyPINDirect(in list: [UInt8]) -> UInt32? {
        var position = 0
        // Entries of a tag, a length that is always 4, and a big-endian control code.
        while position + 6 <= list.count, list[position + 1] == 4 {
            if list[position] == verifyPINDirect {
                return list[(position + 2)..<(position + 6)].reduce(0) { $0 << 8 | UInt32($1) }
            }
            position += 6
        }
        return nil
    }

    /// `PIN_VERIFY_STRUCTURE`: the person types six to eight digits, ends with the validation key, and the reader fills them to
    /// eight bytes with FF in a VERIFY for a key reference.
    static func verifyStructure(pinReference: UInt8) -> [UInt8] {
        let command: [UInt8] = [0, 0x20, 0, pinReference, 8] + [UInt8](repeating: 0xFF, count: 8)
        let structure: [UInt8] = [
            patience, patience,  // bTimeOut, bTimeOut2
            0x82,  // bmFormatString: bytes from the left, ASCII
            0x08,  // bmPINBlockString: a block of eight bytes, no length in it
            0x00,  // bmPINLengthFormat: none
            8, 6,  // wPINMaxExtraDigit, little-endian: at most eight, at least six
            0x02,  // bEntryValidationCondition: the validation key
            0x01,  // bNumberMessage
            0x09, 0x04,  // wLangId, little-endian: English (United States)
            0x00,  // bMsgIndex
            0, 0, 0,  // bTeoPrologue, for T=1, filled in by the driver
            UInt8(command.count), 0, 0, 0,  // ulDataLength, little-endian
        ]
        return structure + command
    }
}
