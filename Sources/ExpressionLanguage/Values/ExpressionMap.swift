// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Values by name, in the order in which they were put in.
///
/// Names are the same where their bytes of UTF-8 are; Swift's strings would take a letter with an accent and a letter followed by
/// that accent for one. Lookups compare hashes that the parser has worked out, which is what makes evaluation quick.
public struct ExpressionMap: Sendable, Hashable {
    /// The names and values in order.
    public private(set) var entries: [Entry] = []

    /// A name and its value.
    public struct Entry: Sendable, Hashable {
        /// The name.
        public let key: String
        /// Its value.
        public fileprivate(set) var value: ExpressionValue
        fileprivate let hash: UInt64
    }

    /// An empty map.
    public init() {}

    /// A map of names and values; of a name that stands twice, the last value counts.
    public init(_ pairs: some Sequence<(String, ExpressionValue)>) {
        for (key, value) in pairs { self[key] = value }
    }

    /// The value of a name; `nil` where there is none. `nil` takes the name out.
    public subscript(key: String) -> ExpressionValue? {
        get { position(of: key, hash: Self.hash(key)).map { entries[$0].value } }
        set {
            let hash = Self.hash(key)
            switch (position(of: key, hash: hash), newValue) {
            case (let position?, let value?): entries[position].value = value
            case (let position?, nil): entries.remove(at: position)
            case (nil, let value?): entries.append(Entry(key: key, value: value, hash: hash))
            case (nil, nil): break
            }
        }
    }

    subscript(name: PropertyName) -> ExpressionValue? {
        position(of: name.text, hash: name.hash).map { entries[$0].value }
    }

    /// What a path of names leads to; `nil` where one of them is not there, or is not a map's.
    func value(at path: [PropertyName], from index: Int = 0) -> ExpressionValue? {
        guard let position = position(of: path[index].text, hash: path[index].hash) else { return nil }
        if index == path.count - 1 { return entries[position].value }
        guard case .map(let inner) = entries[position].value else { return nil }
        return inner.value(at: path, from: index + 1)
    }

    private func position(of key: String, hash: UInt64) -> Int? {
        for position in entries.indices where entries[position].hash == hash {
            if ExpressionText.isSame(entries[position].key, key) { return position }
        }
        return nil
    }

    /// FNV-1a, 64 bits. Who writes a context's names can make them collide, which costs no more than a comparison each.
    static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return hash
    }
}

extension ExpressionMap: ExpressibleByDictionaryLiteral {
    /// A map; of a key that stands twice, the last value counts.
    public init(dictionaryLiteral elements: (String, ExpressionValue)...) {
        self.init(elements.map { ($0.0, $0.1) })
    }
}
