// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DevicePosture

/// A file that browsers read policies from.
package struct PolicyPlace: Hashable, Sendable {
    /// The browsers that read it, the same file for each.
    package let browsers: [PolicyBrowser]
    /// The file.
    package let path: String

    /// Whether the browser reads this file alone, not all of its folder.
    package var isOnlyFile: Bool { browsers.contains(where: \.isFirefox) }

    /// The names of the browsers.
    package var names: [String] { browsers.map(\.name) }

    /// The places of some browsers, each once.
    package static func places(of browsers: [PolicyBrowser]) -> [PolicyPlace] {
        var order: [String] = []
        var readers: [String: [PolicyBrowser]] = [:]
        for browser in browsers {
            let path = "\(browser.folder)/\(browser.isFirefox ? "policies" : "countersign-loopback").json"
            if readers[path] == nil { order.append(path) }
            readers[path, default: []].append(browser)
        }
        return order.map { PolicyPlace(browsers: readers[$0] ?? [], path: $0) }
    }

    /// What is written there.
    package func bytes(of document: PolicyDocument) -> [UInt8] {
        isOnlyFile ? document.firefoxFile() : document.chromiumFile()
    }
}
