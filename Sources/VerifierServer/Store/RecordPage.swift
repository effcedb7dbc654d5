// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which records of a collection are wanted: those between two ids, at most so many.
package struct RecordPage: Hashable, Sendable {
    /// An index key that they share.
    package struct Key: Hashable, Sendable {
        /// The slot.
        package let slot: IndexSlot
        /// The value.
        package let value: String

        /// A key.
        package init(_ slot: IndexSlot, is value: String) {
            self.slot = slot
            self.value = value
        }
    }

    /// The key that they share; `nil` for all of the collection.
    package var key: Key?
    /// Only ids greater than this.
    package var after: String?
    /// Only ids less than this.
    package var before: String?
    /// The most records.
    package var limit: Int
    /// Whether the greatest ids come first.
    package var isDescending: Bool

    /// A page.
    package init(
        where key: Key? = nil, after: String? = nil, before: String? = nil, limit: Int, isDescending: Bool = false
    ) {
        self.key = key
        self.after = after
        self.before = before
        self.limit = limit
        self.isDescending = isDescending
    }
}
