// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A browser, and by which names packages bring it.
struct BrowserPackage: Hashable, Sendable {
    /// The name in the signal.
    let name: String
    /// Packages of distributions and vendors.
    let packages: [String]
    /// Snaps.
    let snaps: [String]
    /// Flatpaks.
    let flatpaks: [String]

    private init(_ name: String, _ packages: [String], snaps: [String] = [], flatpaks: [String] = []) {
        self.name = name
        self.packages = packages
        self.snaps = snaps
        self.flatpaks = flatpaks
    }

    /// All browsers that are looked for.
    static let all: [BrowserPackage] = [
        BrowserPackage("brave", ["brave-browser", "brave-bin"], snaps: ["brave"], flatpaks: ["com.brave.Browser"]),
        BrowserPackage(
            "chrome", ["google-chrome-stable", "google-chrome"], flatpaks: ["com.google.Chrome"]),
        BrowserPackage("chrome-beta", ["google-chrome-beta"]),
        BrowserPackage("chrome-unstable", ["google-chrome-unstable"]),
        BrowserPackage(
            "chromium", ["chromium", "chromium-browser"], snaps: ["chromium"], flatpaks: ["org.chromium.Chromium"]),
        BrowserPackage("edge", ["microsoft-edge-stable"], flatpaks: ["com.microsoft.Edge"]),
        BrowserPackage("edge-beta", ["microsoft-edge-beta"]),
        BrowserPackage("edge-dev", ["microsoft-edge-dev"]),
        BrowserPackage("epiphany", ["epiphany-browser", "epiphany"], flatpaks: ["org.gnome.Epiphany"]),
        BrowserPackage("falkon", ["falkon"], flatpaks: ["org.kde.falkon"]),
        BrowserPackage(
            "firefox", ["firefox", "MozillaFirefox"], snaps: ["firefox"], flatpaks: ["org.mozilla.firefox"]),
        BrowserPackage("firefox-esr", ["firefox-esr"]),
        BrowserPackage("librewolf", ["librewolf"], flatpaks: ["io.gitlab.librewolf-community"]),
        BrowserPackage("opera", ["opera-stable"], snaps: ["opera"], flatpaks: ["com.opera.Opera"]),
        BrowserPackage(
            "vivaldi", ["vivaldi-stable", "vivaldi"], snaps: ["vivaldi"], flatpaks: ["com.vivaldi.Vivaldi"]),
    ]

    /// The browser that a package of this name brings.
    static func named(package name: String) -> BrowserPackage? { byPackage[name] }

    private static let byPackage: [String: BrowserPackage] = all.reduce(into: [:]) { table, browser in
        for package in browser.packages { table[package] = browser }
    }
}
