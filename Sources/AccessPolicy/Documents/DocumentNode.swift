// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A value in a document, and the way to it.
struct DocumentNode {
    /// The most bytes that a document has.
    static let maximumBytes = 16 << 20
    /// The most characters that an id or a name has.
    static let maximumText = 255

    /// The way from the document's root; put together as text only where an error tells it.
    private indirect enum Path {
        case root
        case member(Path, String)
        case index(Path, Int)

        var text: String {
            switch self {
            case .root: "$"
            case .member(let path, let name): "\(path.text).\(name)"
            case .index(let path, let index): "\(path.text)[\(index)]"
            }
        }
    }

    let value: JSONValue
    private let path: Path

    /// The root of a document.
    init(_ value: JSONValue) {
        self.value = value
        path = .root
    }

    private init(_ value: JSONValue, _ path: Path) {
        self.value = value
        self.path = path
    }

    /// The root of a document in bytes.
    static func read(_ bytes: [UInt8]) throws(PolicyDocumentError) -> DocumentNode {
        guard bytes.count <= maximumBytes else {
            throw PolicyDocumentError(problem: "is larger than \(maximumBytes >> 20) MiB")
        }
        do {
            return DocumentNode(try JSONReader.read(bytes))
        } catch {
            throw PolicyDocumentError(problem: "is not JSON: at byte \(error.offset): \(error.problem)")
        }
    }

    /// An error about this value.
    func error(_ problem: String) -> PolicyDocumentError { PolicyDocumentError(path: path.text, problem: problem) }

    /// A member; `nil` where it is missing or `null`.
    func member(_ name: String) -> DocumentNode? {
        guard let value = value[name], value != .null else { return nil }
        return DocumentNode(value, .member(path, name))
    }

    /// A member that has to be there.
    func required(_ name: String) throws(PolicyDocumentError) -> DocumentNode {
        guard let node = member(name) else { throw error("\(name) is missing") }
        return node
    }

    /// Demands that this is an object.
    func object() throws(PolicyDocumentError) {
        guard value.members != nil else { throw error("is not an object") }
    }

    /// The elements of an array.
    func elements(atMost maximum: Int) throws(PolicyDocumentError) -> [DocumentNode] {
        guard let elements = value.array else { throw error("is not an array") }
        guard elements.count <= maximum else { throw error("has more than \(maximum) elements") }
        return elements.enumerated().map { DocumentNode($1, .index(path, $0)) }
    }

    /// A text that is not empty.
    func string(atMost maximum: Int = Self.maximumText) throws(PolicyDocumentError) -> String {
        guard let text = value.string else { throw error("is not a string") }
        guard text.utf8.count <= maximum else { throw error("is longer than \(maximum) bytes") }
        guard !text.isEmpty else { throw error("is empty") }
        return text
    }

    /// A list of texts.
    func strings(atMost maximum: Int = 10_000) throws(PolicyDocumentError) -> [String] {
        try elements(atMost: maximum).map { (element) throws(PolicyDocumentError) in try element.string() }
    }

    /// `true` or `false`, also as a string, as examples of Okta's have it.
    func boolean() throws(PolicyDocumentError) -> Bool {
        switch value {
        case .boolean(let value): return value
        case .string("true"): return true
        case .string("false"): return false
        default: throw error("is neither true nor false")
        }
    }

    /// A number without a fraction.
    func integer() throws(PolicyDocumentError) -> Int {
        // A range, since the smallest number has no absolute value.
        guard case .integer(let number) = value, let integer = Int(exactly: number),
            (-1_000_000_000...1_000_000_000).contains(integer)
        else {
            throw error("is not a whole number")
        }
        return integer
    }

    /// One of an enumeration's values, in whatever case it is written.
    func choice<Value: RawRepresentable & CaseIterable>(
        _ type: Value.Type
    ) throws(PolicyDocumentError) -> Value where Value.RawValue == String {
        let text = try string()
        guard let value = Value(rawValue: text.asciiUppercased) else {
            throw error("is not one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    /// Demands that no member says something that is not known here.
    func refuseUnrecognized(besides known: Set<String>) throws(PolicyDocumentError) {
        guard let other = unrecognized(besides: known).first else { return }
        throw error("\(other.name) is not known here; known are \(known.sorted().joined(separator: ", "))")
    }

    /// The members that are not among the known ones and say something.
    func unrecognized(besides known: Set<String>) -> [JSONMember] {
        (value.members ?? []).filter { !known.contains($0.name) && !$0.value.isEmpty }
    }
}
