// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BrowserPolicies
internal import DevicePosture

/// Has browsers let the organisations' pages reach the agent without a question.
struct BrowserPolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "browser-policy",
        abstract: "Lets the organisations' sign-in pages reach the agent without the browser's question.",
        discussion: """
            Chromium since 142 and Firefox ask each person before a page may reach a program on the same machine. A
            managed policy answers for everybody on the machine. It is written for the browsers that are installed: Brave,
            Chrome, Chromium, Edge and Firefox, as packages, snaps and Flatpaks.

            EXAMPLES
              agent browser-policy print
              sudo agent browser-policy install --origin https://id.example.com
              sudo agent browser-policy remove

            EXIT STATUS
              0 done   1 refused or failed, for one browser at least   64 wrong usage
            """,
        subcommands: [
            BrowserPolicyPrintCommand.self, BrowserPolicyInstallCommand.self, BrowserPolicyRemoveCommand.self,
        ])
}

/// Which browsers a command is about.
struct BrowserChoice: ParsableArguments {
    @Option(
        name: .customLong("browser"),
        help: ArgumentHelp(
            "This browser alone, whether it is installed or not: \(PolicyBrowser.all.map(\.name).joined(separator: ", ")); may be given several times.",
            valueName: "name"))
    var names: [String] = []

    @Flag(help: "All browsers, whether they are installed or not.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "Work on a system whose files are laid out in this folder, such as an image.", valueName: "dir"))
    var root: String?

    mutating func validate() throws {
        if all, !names.isEmpty { throw ValidationError("--all and --browser exclude each other.") }
        for name in names where !PolicyBrowser.all.contains(where: { $0.name == name }) {
            throw ValidationError(
                "There is no browser '\(name)'; these are known: "
                    + PolicyBrowser.all.map(\.name).joined(separator: ", ") + ".")
        }
        if let root, root.isEmpty { throw ValidationError("--root needs a folder.") }
    }

    /// Where policies are written and removed.
    var installation: PolicyInstallation {
        guard let root else { return PolicyInstallation(root: "") }
        let path = root.reversed().drop { $0 == "/" }.reversed()
        return PolicyInstallation(root: String(path))
    }

    /// The places that are named, if any.
    var named: [PolicyPlace]? {
        names.isEmpty ? nil : PolicyPlace.places(of: PolicyBrowser.all.filter { names.contains($0.name) })
    }

    /// The places that are named, or else those of the installed browsers.
    func places() throws(CommandFailure) -> [PolicyPlace] {
        if let named { return named }
        if all { return PolicyPlace.places(of: PolicyBrowser.all) }
        let installed = installation.installedBrowsers()
        guard !installed.isEmpty else {
            throw CommandFailure(
                "none of the browsers that are known is installed",
                hint: "name some with --browser, or take --all, to have the policy there before the browser")
        }
        return PolicyPlace.places(of: installed)
    }
}
