// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What the organisation says to people whose device does not meet its policies.
package struct AssuranceHelp: Hashable, Sendable, Encodable {
    /// The longest text, in characters.
    static let maximumText = 500

    /// A sentence; `nil` for the page's own.
    package var text: String?
    /// An https or mailto URL where they find help.
    package var link: String?

    /// Help.
    package init(text: String?, link: String?) {
        self.text = text
        self.link = link
    }

    /// Whether a page may link there: nothing that runs as a script, nothing in the clear.
    static func isLink(_ text: String) -> Bool {
        guard text.utf8.count <= 1000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        return text.hasPrefix("https://") && text.utf8.count > 8 || text.hasPrefix("mailto:") && text.utf8.count > 7
    }
}
