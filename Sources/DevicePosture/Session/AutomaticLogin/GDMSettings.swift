// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import MessageBus

/// What GDM is told about logging in.
enum GDMSettings {
    /// Debian's, Ubuntu's, and everybody else's.
    static let paths = ["/etc/gdm3/daemon.conf", "/etc/gdm3/custom.conf", "/etc/gdm/custom.conf"]

    /// Reads the file that this distribution's GDM reads, and asks AccountsService where that may not be read.
    static func look(in system: SystemView, _ survey: inout AutomaticLoginSurvey) {
        var answers: [String: Bool] = [:]
        var failure: (path: String, reason: ReadFailure)?
        for path in paths {
            do throws(ReadFailure) {
                guard let bytes = try system.readIfPresent(path) else { continue }
                answers[path] = try logsIn(bytes)
            } catch {
                failure = (path, error)
            }
        }
        if let failure { return ask(system, failure.path, failure.reason, &survey) }
        guard Set(answers.values).count > 1 else {
            if answers.isEmpty { survey.seen.append("GDM: no settings") }
            for (path, logsIn) in answers.sorted(by: { $0.key < $1.key }) { survey.look(at: path) { logsIn } }
            return
        }
        // A file at another distribution's place says nothing here.
        guard let path = path(in: system), let logsIn = answers[path] else {
            survey.doubts.append("GDM's files disagree, and which of them it reads is not known")
            return
        }
        survey.look(at: path) { logsIn }
    }

    /// The file that GDM reads on this distribution, where that is known.
    private static func path(in system: SystemView) -> String? {
        guard let bytes = try? system.read("/etc/os-release") else { return nil }
        let release = OSRelease(parsing: bytes)
        let like = release.values["ID_LIKE"]?.split(separator: " ").map(String.init) ?? []
        let names = [release.id ?? ""] + like
        if names.contains("ubuntu") { return paths[1] }
        if names.contains("debian") { return paths[0] }
        return paths[2]
    }

    private static func ask(
        _ system: SystemView, _ path: String, _ failure: ReadFailure, _ survey: inout AutomaticLoginSurvey
    ) {
        guard case .success(.list(let users)) = system.services.answer(to: .automaticLogins) else {
            survey.doubts.append("\(path) \(failure.predicate)")
            return
        }
        survey.look(at: AccountsService.source) { !users.isEmpty }
    }

    /// Whether a file has GDM log somebody in, at once or after a time.
    static func logsIn(_ bytes: [UInt8]) throws(ReadFailure) -> Bool {
        let file = try KeyFile(parsing: bytes)
        return [("AutomaticLoginEnable", "AutomaticLogin"), ("TimedLoginEnable", "TimedLogin")].contains {
            enable, user in
            // GDM takes these two words for yes, and everything else for no.
            ["true", "1"].contains(file.value(of: enable, in: "daemon")?.lowercased())
                && file.value(of: user, in: "daemon")?.isEmpty == false
        }
    }
}
