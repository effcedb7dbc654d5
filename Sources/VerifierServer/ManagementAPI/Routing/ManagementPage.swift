// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ManagementQueries

/// Which page of a list is asked for.
struct ManagementPage: Sendable {
    /// The list's name in cursors.
    let list: String
    /// The id after which it begins.
    let after: String?
    /// How many resources it has at most.
    let limit: Int

    /// How many records one request looks at, so that a filter that fits nothing ends as well: the next page goes on there.
    static let maximumScan = 10_000
    private static let step = 500

    /// The page that a request asks for.
    init(_ call: ManagementCall, list: String, standard: Int = 200, maximum: Int = 200) throws(ManagementError) {
        self.list = list
        if let text = call.query["limit"] {
            guard let number = Int(text), (1...100_000).contains(number) else {
                throw .invalid("limit", "must be a number from 1 to \(maximum)")
            }
            limit = min(number, maximum)
        } else {
            limit = standard
        }
        guard let text = call.query["after"] else {
            after = nil
            return
        }
        guard let cursor = PageCursor(text), cursor.list == list else {
            throw .search("after: not a cursor of this list")
        }
        after = cursor.id
    }

    /// What a page has, and where the next begins.
    struct Content<Element: Sendable>: Sendable {
        var elements: [Element] = []
        var next: PageCursor?
        /// How many fit, but are not shown.
        var leftOut = 0
    }

    /// What becomes of a record in a list.
    enum Choice<Element: Sendable>: Sendable {
        case shown(Element)
        case leftOut
        case unfit
    }

    /// Gathers the page from a collection, by ascending id.
    ///
    /// - Parameters:
    ///   - choose: what becomes of a record.
    func gather<Record: StoredRecord, Element>(
        _ type: Record.Type, where key: RecordPage.Key? = nil, in reader: any StoreReader,
        _ choose: (Record) throws -> Choice<Element>
    ) throws -> Content<Element> {
        var content = Content<Element>()
        var last = after
        var scanned = 0
        while true {
            let records = try reader.page(type, RecordPage(where: key, after: last, limit: Self.step))
            for record in records {
                if content.elements.count == limit || scanned == Self.maximumScan {
                    content.next = last.map { PageCursor(list: list, id: $0) }
                    return content
                }
                switch try choose(record) {
                case .shown(let element): content.elements.append(element)
                case .leftOut: content.leftOut += 1
                case .unfit: break
                }
                scanned += 1
                last = record.id
            }
            if records.count < Self.step { return content }
        }
    }
}

extension ManagementAnswer {
    /// A page of a list.
    init(_ content: ManagementPage.Content<ResourceValue>) {
        self.init(value: .array(content.elements), next: content.next, leftOut: content.leftOut)
    }
}
