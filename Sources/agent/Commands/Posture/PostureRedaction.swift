// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DevicePosture
internal import DeviceSignals
internal import Glibc

/// Leaves out what tells a device or a person from others, for reports that strangers read.
struct PostureRedaction: Sendable {
    private let words: [(text: String, replacement: String)]

    init(system: SystemView) {
        var words: [(String, String)] = []
        if let home = system.home, home.count > 1 { words.append((home, "~")) }
        if system.isLive {
            if let entry = getpwuid(system.userID), let name = entry.pointee.pw_name {
                words.append((String(cString: name), "(user)"))
            }
            var name = utsname()
            if uname(&name) == 0 {
                let host = withUnsafeBytes(of: &name.nodename) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                words.append((host, "(host)"))
            }
        }
        // Short words would be found inside others; the superuser's name tells nothing.
        self.words = words.filter { $0.0.count > 2 && $0.0 != "root" && $0.0 != "localhost" }
    }

    /// The entry without what is personal.
    func redacted(_ entry: Posture.Entry) -> Posture.Entry {
        var entry = entry
        if SignalName.personal.contains(entry.guide.name) {
            entry.isRedacted = true
            entry.reading.evidence = []
            if case .unknown = entry.reading.state, entry.guide.name == .browserLoopbackPolicies {
                entry.reading.state = .unknown(reason: "left out, since it names organisations")
            }
        }
        entry.reading.source = clean(entry.reading.source)
        entry.reading.evidence = entry.reading.evidence.map(clean)
        entry.reading.state =
            switch entry.reading.state {
            // A distribution may be called as the machine is: a value that is no more than the word tells nobody.
            case .known(.string(let text)):
                .known(.string(words.contains { $0.text == text } ? text : clean(text)))
            case .known(.strings(let texts)): .known(.strings(texts.map(clean)))
            case .known: entry.reading.state
            case .unknown(let reason): .unknown(reason: clean(reason))
            case .notApplicable(let reason): .notApplicable(reason: clean(reason))
            }
        return entry
    }

    /// The text without the words, and no longer than it was: every text has a bound.
    private func clean(_ text: String) -> String {
        let cleaned = words.reduce(text) { $0.replacing($1.text, with: $1.replacement) }
        return String(cleaned.prefix(max(text.count, 1)))
    }
}
