// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceSignals

/// The signal `stateFolderEncrypted`: whether the folder where the agent keeps its keys and enrolments is encrypted at rest.
///
/// The folder is found as the agent finds it: `COUNTERSIGN_STATE_DIR`, `XDG_STATE_HOME`, `~/.local/state`; links are followed to
/// where it really lies. What lies in memory alone is as good as the swap space that it may be moved to.
enum StateFolder {
    /// What a survey comes to.
    static func finding(_ survey: VolumeSurvey) -> Finding {
        let view = survey.view
        guard let path = path(in: view) else {
            return .unknown(
                "no environment names the agent's folder: a live system only", source: MountTable.path)
        }
        do {
            let place = try nearest(path, in: view)
            guard let mount = survey.mounts.mount(holding: place) else {
                return .unknown("no mount holds the agent's folder", source: MountTable.path)
            }
            return finding(survey, place, on: mount)
        } catch {
            return .unknown("the agent's folder \(error.predicate)", source: MountTable.path)
        }
    }

    private static func finding(_ survey: VolumeSurvey, _ place: String, on mount: Mount) -> Finding {
        let source = "\(MountTable.path), /sys/dev/block"
        let storage = survey.tree.storage(of: mount)
        let evidence = ["the folder lies on a file system of type \(mount.fileSystem): \(storage.protection.word)"]
        if storage.protection == .encrypted { return .known(true, source: source, evidence: evidence) }
        if survey.view.encryptsFolder(place) == true {
            return .known(true, source: source, evidence: ["the folder is encrypted by its file system"])
        }
        switch storage.protection {
        case .encrypted: return .known(true, source: source, evidence: evidence)
        case .plain:
            guard survey.view.encryptsFolder(place) != nil else {
                return .unknown("whether the folder is encrypted could not be read", source: source, evidence: evidence)
            }
            return .known(false, source: source, evidence: evidence)
        case .unknown(let reason): return .unknown(reason, source: source, evidence: evidence)
        case .volatile:
            switch Protection.all([.volatile] + survey.swapSpaces.map(\.storage.protection)) {
            case .plain:
                return .known(false, source: source, evidence: evidence + ["swap space is not encrypted"])
            case .unknown(let reason): return .unknown(reason, source: source, evidence: evidence)
            case .encrypted, .volatile: return .known(true, source: source, evidence: evidence)
            }
        }
    }

    /// The agent's folder, by the environment.
    static func path(in view: SystemView) -> String? {
        func value(_ name: String) -> String? {
            view.environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        return value("COUNTERSIGN_STATE_DIR")
            ?? value("XDG_STATE_HOME").map { $0 + "/countersign" }
            ?? view.home.flatMap { $0.hasPrefix("/") ? $0 + "/.local/state/countersign" : nil }
    }

    /// Where a path leads once links are followed; of a folder that is not made yet, where it would be made.
    private static func nearest(_ path: String, in view: SystemView) throws(ReadFailure) -> String {
        var parts = path.split(separator: "/")
        while true {
            do {
                return try view.canonical("/" + parts.joined(separator: "/"))
            } catch ReadFailure.absent where !parts.isEmpty {
                parts.removeLast()
            } catch {
                throw error
            }
        }
    }
}
