// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Reads tables of networks and places, piece by piece, so that no file has to be in memory as a whole.
///
/// A table is CSV (RFC 4180, without line ends in fields) or values with tabs between. Its first line names the columns, among them
/// `network`, `latitude` and `longitude`, in any order, as GeoLite2's City-Blocks files have them; others are not looked at. A
/// network whose place is empty has none. Several tables, such as one for IPv4 and one for IPv6, add up.
public struct PlaceTableReader: Sendable {
    /// The most networks of all tables together.
    public static let maximumNetworks = 12_000_000
    /// The longest line, in bytes.
    public static let maximumLine = 4096

    private struct Columns: Sendable {
        var separator: UInt8
        var network: Int
        var latitude: Int
        var longitude: Int

        var last: Int { max(network, latitude, longitude) }
    }

    private var table = PlaceTable()
    private var columns: Columns?
    private var rest: [UInt8] = []
    private var line = 0
    private var count = 0

    /// A reader of nothing yet.
    public init() {}

    /// Reads on.
    ///
    /// - Throws: ``PlaceTableError``; the reader is of no use afterwards.
    public mutating func read(_ bytes: [UInt8]) throws(PlaceTableError) {
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard rest.count + end - start <= Self.maximumLine else { throw tooLong }
            if rest.isEmpty {
                try take(bytes[start..<end])
            } else {
                let whole = rest + bytes[start..<end]
                rest = []
                try take(whole[...])
            }
            start = end + 1
        }
        guard rest.count + bytes.count - start <= Self.maximumLine else { throw tooLong }
        rest += bytes[start...]
    }

    /// Ends one table; another one may follow, with its own columns.
    public mutating func endTable() throws(PlaceTableError) {
        let last = rest
        rest = []
        if !last.isEmpty { try take(last[...]) }
        guard columns != nil else { throw PlaceTableError(line: max(1, line), problem: "there is no line of columns") }
        columns = nil
        line = 0
    }

    /// What was read.
    ///
    /// - Throws: ``PlaceTableError`` where a network stands there twice.
    public consuming func finish() throws(PlaceTableError) -> PlaceTable {
        guard table.seal() else { throw PlaceTableError(line: nil, problem: "a network stands there twice") }
        return table
    }

    private var tooLong: PlaceTableError {
        PlaceTableError(line: line + 1, problem: "the line is longer than \(Self.maximumLine) bytes")
    }

    private mutating func take(_ text: ArraySlice<UInt8>) throws(PlaceTableError) {
        line += 1
        var text = text
        if text.last == UInt8(ascii: "\r") { text = text.dropLast() }
        if line == 1, text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        if text.isEmpty { return }
        guard let columns else { return try takeColumns(text) }
        guard let fields = Self.fields(text, columns.separator, upTo: columns.last) else {
            throw PlaceTableError(
                line: line, problem: "a field has a quote that does not end, or not where the field ends")
        }
        guard fields.count > columns.last else {
            throw PlaceTableError(line: line, problem: "there are too few fields")
        }
        guard let network = Network(fields[columns.network]) else {
            throw PlaceTableError(line: line, problem: "the network is none, such as 192.0.2.0/24")
        }
        let (north, east) = (fields[columns.latitude], fields[columns.longitude])
        if north.isEmpty, east.isEmpty { return }
        guard let latitude = Self.degrees(north), let longitude = Self.degrees(east),
            let place = Place(latitude: latitude, longitude: longitude)
        else { throw PlaceTableError(line: line, problem: "latitude and longitude are no degrees such as 54.3233") }
        count += 1
        guard count <= Self.maximumNetworks else {
            throw PlaceTableError(line: line, problem: "there are more than \(Self.maximumNetworks) networks")
        }
        table.add(network, at: place)
    }

    private mutating func takeColumns(_ text: ArraySlice<UInt8>) throws(PlaceTableError) {
        let tab = UInt8(ascii: "\t")
        let separator = text.contains(tab) ? tab : UInt8(ascii: ",")
        let names = (Self.fields(text, separator, upTo: .max) ?? []).map { String(decoding: $0, as: UTF8.self) }
        guard let network = names.firstIndex(of: "network"), let latitude = names.firstIndex(of: "latitude"),
            let longitude = names.firstIndex(of: "longitude")
        else {
            throw PlaceTableError(
                line: line, problem: "the first line has to name the columns network, latitude and longitude")
        }
        columns = Columns(separator: separator, network: network, latitude: latitude, longitude: longitude)
    }

    /// The fields of a line without their quotes, as far as they are needed; `nil` where quotes do not fit.
    private static func fields(
        _ text: ArraySlice<UInt8>, _ separator: UInt8, upTo last: Int
    ) -> [ArraySlice<UInt8>]? {
        var fields: [ArraySlice<UInt8>] = []
        var rest = text
        let quote = UInt8(ascii: "\"")
        while fields.count <= last {
            if rest.first == quote {
                guard let (field, after) = quoted(rest.dropFirst()) else { return nil }
                fields.append(field)
                rest = after
                guard let next = rest.first else { return fields }
                guard next == separator else { return nil }
                rest = rest.dropFirst()
            } else {
                let field = rest.prefix { $0 != separator }
                fields.append(field)
                if field.endIndex == rest.endIndex { return fields }
                rest = rest[(field.endIndex + 1)...]
            }
        }
        return fields
    }

    /// A field up to its closing quote, and what comes after; two quotes are one of the field's.
    private static func quoted(_ text: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        let quote = UInt8(ascii: "\"")
        var field: [UInt8] = []
        var rest = text
        while let end = rest.firstIndex(of: quote) {
            field += rest[..<end]
            rest = rest[(end + 1)...]
            guard rest.first == quote else { return (field[...], rest) }
            field.append(quote)
            rest = rest.dropFirst()
        }
        return nil
    }

    /// Degrees in decimal digits, with a sign and a point where they need one.
    private static func degrees(_ text: ArraySlice<UInt8>) -> Double? {
        var rest = text
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        guard (1...24).contains(rest.count) else { return nil }
        var (value, scale, isFraction, digits) = (0.0, 1.0, false, 0)
        for byte in rest {
            if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Double(byte - UInt8(ascii: "0"))
            if isFraction { scale *= 10 }
            digits += 1
        }
        guard digits > 0 else { return nil }
        return (isNegative ? -value : value) / scale
    }
}

/// Why a table of places cannot be used.
public struct PlaceTableError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1; `nil` where it is about no single one.
    public var line: Int?
    /// What is wrong.
    public var problem: String

    public var description: String { line.map { "line \($0): \(problem)" } ?? problem }
}
