// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A status code of CTAP 2.1 §8.2 that is not success.
package struct CTAPStatus: Error, Hashable {
    package var code: UInt8

    static let invalidCommand = CTAPStatus(code: 0x01)
    static let invalidParameter = CTAPStatus(code: 0x02)
    static let invalidLength = CTAPStatus(code: 0x03)
    static let unexpectedType = CTAPStatus(code: 0x11)
    static let invalidCBOR = CTAPStatus(code: 0x12)
    static let missingParameter = CTAPStatus(code: 0x14)
    static let limitExceeded = CTAPStatus(code: 0x15)
    static let credentialExcluded = CTAPStatus(code: 0x19)
    static let unsupportedAlgorithm = CTAPStatus(code: 0x26)
    static let keyStoreFull = CTAPStatus(code: 0x28)
    static let unsupportedOption = CTAPStatus(code: 0x2B)
    static let invalidOption = CTAPStatus(code: 0x2C)
    static let keepaliveCancel = CTAPStatus(code: 0x2D)
    static let noCredentials = CTAPStatus(code: 0x2E)
    static let userActionTimeout = CTAPStatus(code: 0x2F)
    static let notAllowed = CTAPStatus(code: 0x30)
    static let pinInvalid = CTAPStatus(code: 0x31)
    static let pinBlocked = CTAPStatus(code: 0x32)
    static let pinAuthInvalid = CTAPStatus(code: 0x33)
    static let pinAuthBlocked = CTAPStatus(code: 0x34)
    static let pinNotSet = CTAPStatus(code: 0x35)
    static let pinRequired = CTAPStatus(code: 0x36)
    static let pinPolicyViolation = CTAPStatus(code: 0x37)
    static let uvBlocked = CTAPStatus(code: 0x3C)
    static let uvInvalid = CTAPStatus(code: 0x3F)
    static let unauthorizedPermission = CTAPStatus(code: 0x40)
    static let other = CTAPStatus(code: 0x7F)
}
