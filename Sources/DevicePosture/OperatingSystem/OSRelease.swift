// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The assignments of an os-release(5) file.
struct OSRelease: Hashable, Sendable {
    /// The values by name; where a name is assigned twice the last one stands.
    let values: [String: String]

    /// Where the file is looked for, in the order of os-release(5).
    static let paths = ["/etc/os-release", "/usr/lib/os-release"]
    /// The same in a Flatpak sandbox, where the host's count.
    private static let hostPaths = ["/run/host/os-release", "/run/host/etc/os-release"]
    private static let sandboxPath = "/.flatpak-info"
    /// All files that decide what is read.
    static var allPaths: [String] { paths + hostPaths + [sandboxPath] }

    /// Parses a file as a shell would read it, without expansion.
    ///
    /// Lines that are not assignments are skipped, as os-release(5) asks of readers.
    init(parsing bytes: [UInt8]) {
        var values: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            guard !line.hasPrefix("#"), let sign = line.firstIndex(of: "=") else { continue }
            let name = line[..<sign]
            guard !name.isEmpty, name.utf8.allSatisfy({ Self.isNameByte($0) }),
                let value = Self.unquoted(line[line.index(after: sign)...])
            else { continue }
            values[String(name)] = value
        }
        self.values = values
    }

    /// Reads the file of the machine; in a Flatpak sandbox the host's.
    ///
    /// - Returns: the assignments and the path that they stand at.
    static func read(in system: SystemView) -> Result<(release: OSRelease, path: String), ReadFailure> {
        let isFlatpak = (try? system.exists(sandboxPath)) ?? false
        let paths = isFlatpak ? hostPaths : paths
        for path in paths {
            do {
                return .success((OSRelease(parsing: try system.read(path)), path))
            } catch ReadFailure.absent {
                continue
            } catch {
                return .failure(error)
            }
        }
        return .failure(.absent)
    }

    /// The distribution's id; `linux` where the file states none, as os-release(5) has it, `nil` where it is malformed.
    var id: String? {
        guard let id = values["ID"], !id.isEmpty else { return "linux" }
        let isValid =
            id.utf8.count <= 64
            && id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || [45, 46, 95].contains($0) }
        return isValid ? id : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte) || byte == 95
    }

    /// The value that a shell word stands for, or `nil` where its quotes do not close.
    private static func unquoted(_ word: some StringProtocol) -> String? {
        var result = ""
        var quote: Character?
        var characters = Array(word)[...]
        while let character = characters.popFirst() {
            switch (quote, character) {
            case ("'", "'"), ("\"", "\""): quote = nil
            case ("'", _): result.append(character)
            case ("\"", "\\"):
                guard let next = characters.popFirst() else { return nil }
                if !"\\\"$`".contains(next) { result.append("\\") }
                result.append(next)
            case ("\"", _): result.append(character)
            case (nil, "'"), (nil, "\""): quote = character
            case (nil, "\\"):
                guard let next = characters.popFirst() else { return nil }
                result.append(next)
            case (nil, " "), (nil, "\t"), (nil, ";"):
                // The word ends here; what follows must be a comment or nothing.
                let rest = String(characters).trimmed
                return rest.isEmpty || rest.hasPrefix("#") ? result : nil
            default: result.append(character)
            }
        }
        return quote == nil ? result : nil
    }
}
