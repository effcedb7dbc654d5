// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import DevicePosture

/// Writes policies for browsers, and removes what it wrote.
///
/// It touches no file that it did not write, follows no symbolic link, and knows its own files by their digests.
package struct PolicyInstallation: Sendable {
    private let tree: GuardedTree
    private let system: SystemView
    private static let limit = 256 * 1024
    /// The folder by which one run waits for the other.
    private static let locked = "/var/lib"

    /// Works below a root.
    ///
    /// - Parameters:
    ///   - root: the folder that stands for `/`; empty for this machine.
    ///   - owner: whose the files and folders are; the superuser but in tests.
    package init(root: String, owner: UInt32 = 0) {
        tree = GuardedTree(root: root, owner: owner)
        system = root.isEmpty ? .live : .files(below: root)
    }

    /// The browsers that are installed there.
    package func installedBrowsers() -> [PolicyBrowser] {
        // What cannot be told is taken for installed: a policy for a browser that is not there does nothing.
        PolicyBrowser.all.filter { (try? $0.isInstalled(in: system)) ?? true }
    }

    /// Writes a document to places, in place of what was written there before. What is there already stays as it is.
    ///
    /// - Throws: ``PolicyRefusal`` where the list of what was written cannot be used; nothing is written then.
    package func install(_ document: PolicyDocument, at places: [PolicyPlace]) throws(PolicyRefusal) -> [PolicyOutcome]
    {
        let lock = try tree.lock(Self.locked)
        defer { lock.release() }
        var ledger = try readLedger()
        var outcomes: [PolicyOutcome] = []
        for place in places {
            do throws(PolicyRefusal) {
                let state = try install(document, at: place, &ledger)
                outcomes.append(PolicyOutcome(place: place, state: state))
            } catch {
                outcomes.append(PolicyOutcome(place: place, state: .refused(error)))
            }
        }
        return outcomes
    }

    /// Removes what was written, all of it or that of some places.
    ///
    /// - Throws: ``PolicyRefusal`` where the list of what was written cannot be used; nothing is removed then.
    package func remove(at places: [PolicyPlace]?) throws(PolicyRefusal) -> [PolicyOutcome] {
        let lock = try tree.lock(Self.locked)
        defer { lock.release() }
        var ledger = try readLedger()
        let all = PolicyPlace.places(of: PolicyBrowser.all)
        var outcomes: [PolicyOutcome] = []
        for path in ledger.files.keys.sorted() {
            if let places, !places.contains(where: { $0.path == path }) { continue }
            let place = all.first { $0.path == path } ?? PolicyPlace(browsers: [], path: path)
            do throws(PolicyRefusal) {
                outcomes.append(PolicyOutcome(place: place, state: try remove(path, ledger)))
                ledger.files[path] = nil
            } catch {
                outcomes.append(PolicyOutcome(place: place, state: .refused(error)))
                // Changed by somebody, it is theirs from now on.
                if case .anothers = error { ledger.files[path] = nil }
            }
        }
        // The deepest first. What somebody else put a file into is theirs as well.
        ledger.folders = ledger.folders.reversed().filter { !tree.removeFolder($0) }.reversed()
        try write(ledger)
        return outcomes
    }

    // MARK: One place

    private func install(
        _ document: PolicyDocument, at place: PolicyPlace, _ ledger: inout PolicyLedger
    ) throws(PolicyRefusal) -> PolicyOutcome.State {
        let path = place.path
        let wanted = place.bytes(of: document)
        let present = try tree.read(path, limit: Self.limit)
        // Somebody may have put there what 'print' printed; it is as good, and stays theirs.
        if present == wanted { return .unchanged }
        if let present, !ledger.knows(present, at: path) { throw .anothers(path: path) }
        try refuseBesideOthers(document, place)
        var intent = ledger
        intent.files[path, default: []].insert(PolicyLedger.digest(wanted))
        intent.folders += try tree.missingFolders(above: path).filter { !intent.folders.contains($0) }
        try write(intent)
        try tree.write(wanted, to: path)
        ledger = intent
        ledger.files[path] = [PolicyLedger.digest(wanted)]
        try write(ledger)
        return .written
    }

    private func remove(_ path: String, _ ledger: PolicyLedger) throws(PolicyRefusal) -> PolicyOutcome.State {
        guard let present = try tree.read(path, limit: Self.limit) else { return .absent }
        guard ledger.knows(present, at: path) else { throw .anothers(path: path) }
        try tree.remove(path)
        return .removed
    }

    /// Refuses where a browser would no longer see what somebody else has set for it.
    private func refuseBesideOthers(_ document: PolicyDocument, _ place: PolicyPlace) throws(PolicyRefusal) {
        for browser in place.browsers {
            if place.isOnlyFile {
                try refuseToHide(browser.otherFolders.map { "\($0)/policies.json" })
            } else {
                try refuseBesideFiles(of: browser, setting: document.policyNames, but: place.path)
            }
        }
    }

    /// Firefox takes the first file that is there, and that alone.
    private func refuseToHide(_ paths: [String]) throws(PolicyRefusal) {
        for path in paths {
            let isThere: Bool
            do throws(ReadFailure) { isThere = try system.exists(path) } catch {
                throw .unreadable(path: path, why: error.predicate)
            }
            if isThere { throw .wouldHide(path: path) }
        }
    }

    /// Chromium reads all files, but of a policy that two of them set only what the later one says.
    private func refuseBesideFiles(
        of browser: PolicyBrowser, setting names: [String], but own: String
    ) throws(PolicyRefusal) {
        let files: [(String, [UInt8])]
        do throws(ReadFailure) { files = try browser.chromiumFiles(in: system) ?? [] } catch {
            throw .unreadable(path: browser.folder, why: error.predicate)
        }
        // The names alone are looked for: Chromium reads more than JSON, such as comments.
        for (path, bytes) in files where path != own {
            let text = String(decoding: bytes, as: UTF8.self)
            if names.contains(where: text.contains) { throw .setElsewhere(path: path) }
        }
    }

    // MARK: The list

    private func readLedger() throws(PolicyRefusal) -> PolicyLedger {
        guard let bytes = try tree.read(PolicyLedger.path, limit: PolicyLedger.limit) else { return PolicyLedger() }
        guard let ledger = PolicyLedger(bytes) else { throw .ledger(path: PolicyLedger.path) }
        return ledger
    }

    /// Keeps the list, or removes it with its folder where there is nothing to keep.
    private func write(_ ledger: PolicyLedger) throws(PolicyRefusal) {
        guard ledger.files.isEmpty else { return try tree.write(ledger.bytes, to: PolicyLedger.path) }
        try tree.remove(PolicyLedger.path)
        _ = tree.removeFolder("/var/lib/countersign-agent")
    }
}
