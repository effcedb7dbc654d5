// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsystemd
package import Cryptography

/// Owns one reference to an `sd_bus_message`. Used on the connection's executor alone.
package final class BusMessage<Failure: BusFailure> {
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { sd_bus_message_unref(pointer) }

    private func check(_ result: Int32) throws(Failure) {
        guard result >= 0 else { throw Failure(.malformed) }
    }
}

// MARK: - Writing

extension BusMessage {
    /// Appends a text.
    package func append(_ text: String, as type: BusType = .string) throws(Failure) {
        try check(sd_bus_message_append_basic(pointer, type.character, text))
    }

    /// Appends a 32-bit number without a sign.
    package func append(_ number: UInt32) throws(Failure) {
        var value = number
        try check(sd_bus_message_append_basic(pointer, BusType.unsigned.character, &value))
    }

    /// Appends a 32-bit number.
    package func append(_ number: Int32) throws(Failure) {
        var value = number
        try check(sd_bus_message_append_basic(pointer, BusType.signed.character, &value))
    }

    /// Appends a 64-bit number.
    package func append(_ number: Int64) throws(Failure) {
        var value = number
        try check(sd_bus_message_append_basic(pointer, BusType.signedLong.character, &value))
    }

    /// Appends a byte.
    package func append(_ number: UInt8) throws(Failure) {
        var value = number
        try check(sd_bus_message_append_basic(pointer, BusType.byte.character, &value))
    }

    /// Appends yes or no.
    package func append(_ flag: Bool) throws(Failure) {
        var value: Int32 = flag ? 1 : 0
        try check(sd_bus_message_append_basic(pointer, BusType.boolean.character, &value))
    }

    /// Appends an array of bytes.
    package func append(bytes: UnsafeRawBufferPointer) throws(Failure) {
        try check(sd_bus_message_append_array(pointer, BusType.byte.character, bytes.baseAddress, bytes.count))
    }

    /// Appends a container of a content type, filled by the body.
    package func container(
        _ type: BusType, of contents: String, _ body: () throws(Failure) -> Void
    ) throws(Failure) {
        try check(sd_bus_message_open_container(pointer, type.character, contents))
        try body()
        try check(sd_bus_message_close_container(pointer))
    }

    /// Appends a dictionary of texts.
    package func append(_ attributes: [String: String]) throws(Failure) {
        try container(.array, of: "{ss}") { () throws(Failure) in
            for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
                try container(.entry, of: "ss") { () throws(Failure) in
                    try append(name)
                    try append(value)
                }
            }
        }
    }

    /// Makes the library wipe the message's memory when it is done with it.
    package func markSensitive() { sd_bus_message_sensitive(pointer) }
}

// MARK: - Reading

extension BusMessage {
    /// Reads a text.
    package func readText(_ type: BusType = .string) throws(Failure) -> String {
        var text: UnsafePointer<CChar>?
        try check(sd_bus_message_read_basic(pointer, type.character, &text))
        return text.map { String(cString: $0) } ?? ""
    }

    /// Reads a 32-bit number without a sign.
    package func readUnsigned() throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        try check(sd_bus_message_read_basic(pointer, BusType.unsigned.character, &value))
        return value
    }

    /// Reads yes or no.
    package func readBoolean() throws(Failure) -> Bool {
        var value: Int32 = 0
        try check(sd_bus_message_read_basic(pointer, BusType.boolean.character, &value))
        return value != 0
    }

    /// Reads an array of at most 64 KiB into memory that is wiped.
    package func readSecret() throws(Failure) -> SecretBytes {
        var start: UnsafeRawPointer?
        var count = 0
        try check(sd_bus_message_read_array(pointer, BusType.byte.character, &start, &count))
        guard count <= 65536 else { throw Failure(.malformed) }
        return SecretBytes(copying: UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Reads from inside a container.
    package func entering<Value>(
        _ type: BusType, of contents: String, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try check(sd_bus_message_enter_container(pointer, type.character, contents))
        let value = try body()
        try check(sd_bus_message_exit_container(pointer))
        return value
    }

    /// An array of texts or object paths, at most 64 of them.
    package func readArray(of type: BusType) throws(Failure) -> [String] {
        let contents = String(UnicodeScalar(type.rawValue))
        try check(sd_bus_message_enter_container(pointer, BusType.array.character, contents))
        var texts: [String] = []
        while sd_bus_message_at_end(pointer, 0) == 0, texts.count < 64 { texts.append(try readText(type)) }
        while sd_bus_message_at_end(pointer, 0) == 0 { _ = try readText(type) }
        try check(sd_bus_message_exit_container(pointer))
        return texts
    }
}
