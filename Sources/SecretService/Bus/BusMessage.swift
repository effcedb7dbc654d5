// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibsystemd
internal import Cryptography

/// Owns one reference to an `sd_bus_message`. Used on the connection's executor alone.
final class BusMessage {
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { sd_bus_message_unref(pointer) }

    /// The types of the D-Bus specification, "Type System".
    enum TypeCode: UInt8 {
        case boolean = 0x62  // b
        case string = 0x73  // s
        case objectPath = 0x6F  // o
        case array = 0x61  // a
        case variant = 0x76  // v
        case structure = 0x72  // r
        case entry = 0x65  // e
        case byte = 0x79  // y

        var character: CChar { CChar(rawValue) }
    }

    private func check(_ result: Int32) throws(SecretServiceError) {
        guard result >= 0 else { throw SecretServiceError(.refused, "the Secret Service's message cannot be read") }
    }
}

// MARK: - Writing

extension BusMessage {
    func append(_ text: String, as type: TypeCode = .string) throws(SecretServiceError) {
        try check(sd_bus_message_append_basic(pointer, type.character, text))
    }

    func append(_ flag: Bool) throws(SecretServiceError) {
        var value: Int32 = flag ? 1 : 0
        try check(sd_bus_message_append_basic(pointer, TypeCode.boolean.character, &value))
    }

    func append(bytes: UnsafeRawBufferPointer) throws(SecretServiceError) {
        try check(sd_bus_message_append_array(pointer, TypeCode.byte.character, bytes.baseAddress, bytes.count))
    }

    func container(
        _ type: TypeCode, of contents: String, _ body: () throws(SecretServiceError) -> Void
    ) throws(SecretServiceError) {
        try check(sd_bus_message_open_container(pointer, type.character, contents))
        try body()
        try check(sd_bus_message_close_container(pointer))
    }

    func append(_ attributes: [String: String]) throws(SecretServiceError) {
        try container(.array, of: "{ss}") { () throws(SecretServiceError) in
            for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
                try container(.entry, of: "ss") { () throws(SecretServiceError) in
                    try append(name)
                    try append(value)
                }
            }
        }
    }

    /// Makes the library wipe the message's memory when it is done with it.
    func markSensitive() { sd_bus_message_sensitive(pointer) }
}

// MARK: - Reading

extension BusMessage {
    func readText(_ type: TypeCode = .string) throws(SecretServiceError) -> String {
        var text: UnsafePointer<CChar>?
        try check(sd_bus_message_read_basic(pointer, type.character, &text))
        return text.map { String(cString: $0) } ?? ""
    }

    func readBoolean() throws(SecretServiceError) -> Bool {
        var value: Int32 = 0
        try check(sd_bus_message_read_basic(pointer, TypeCode.boolean.character, &value))
        return value != 0
    }

    func readSecret() throws(SecretServiceError) -> SecretBytes {
        var start: UnsafeRawPointer?
        var count = 0
        try check(sd_bus_message_read_array(pointer, TypeCode.byte.character, &start, &count))
        guard count <= 65536 else { throw SecretServiceError(.refused, "the Secret Service's secret is too long") }
        return SecretBytes(copying: UnsafeRawBufferPointer(start: start, count: count))
    }

    func entering<Value>(
        _ type: TypeCode, of contents: String, _ body: () throws(SecretServiceError) -> Value
    ) throws(SecretServiceError) -> Value {
        try check(sd_bus_message_enter_container(pointer, type.character, contents))
        let value = try body()
        try check(sd_bus_message_exit_container(pointer))
        return value
    }

    /// An array of texts or object paths, at most 64 of them.
    func readArray(of type: TypeCode) throws(SecretServiceError) -> [String] {
        let contents = String(UnicodeScalar(type.rawValue))
        try check(sd_bus_message_enter_container(pointer, TypeCode.array.character, contents))
        var texts: [String] = []
        while sd_bus_message_at_end(pointer, 0) == 0, texts.count < 64 { texts.append(try readText(type)) }
        while sd_bus_message_at_end(pointer, 0) == 0 { _ = try readText(type) }
        try check(sd_bus_message_exit_container(pointer))
        return texts
    }
}
