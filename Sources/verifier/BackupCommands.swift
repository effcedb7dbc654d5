// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import VerifierServer

/// `verifier backup`.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the store to a file, also while the server runs.",
        discussion: """
            The copy is of one point in time, is checked, and appears whole or not at all, with mode 0600. It holds people, devices, \
            policies, sessions and the log, but not the key file beside the store (its path with .key): keep that apart from the \
            copies, since with both anyone can be the verifier.

            Examples:
              verifier backup /var/backups/verifier-2026-11-26.sqlite
              verifier backup /var/backups/verifier.sqlite --replace
            """)

    @Argument(help: "The file to write.", completion: .file()) var file: String
    @Flag(name: .long, help: "Replace the file, once the new one is whole.") var replace = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    private struct Line: Encodable {
        var path: String
        var bytes: Int
        var schema: String
    }

    func run() throws {
        let backup = try StoreBackup(of: try options.load().storePath, at: file, replacing: replace)
        if output.json {
            try Console.say(json: Line(path: backup.path, bytes: backup.bytes, schema: backup.schema))
        } else {
            Console.say("\(backup.path)  \(backup.bytes) bytes  schema \(backup.schema)")
        }
    }
}

/// `verifier restore`.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a copy that 'verifier backup' made in the place of the store.",
        discussion: """
            Refuses while a verifier or a command of its has the store open, where the copy is damaged or of a newer version, and \
            where the key file beside the store does not open its keys. The old store is kept beside, under a name with the time. \
            What happened since the copy was made is gone: who was suspended or lost a key since is to be so again.

            Example:
              systemctl stop countersign-verifier
              verifier restore /var/backups/verifier-2026-11-26.sqlite
              systemctl start countersign-verifier
            """)

    @Argument(help: "The copy.", completion: .file()) var file: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    private struct Line: Encodable {
        var path: String
        var schema: String
        var kept: String?
    }

    func run() throws {
        let configuration = try options.load()
        let restoration = try StoreRestoration(
            of: configuration.storePath, from: file, keyFile: configuration.keyFilePath,
            at: VerifierClock.system.now())
        if output.json {
            return try Console.say(
                json: Line(path: configuration.storePath, schema: restoration.schema, kept: restoration.kept))
        }
        Console.say("\(configuration.storePath)  schema \(restoration.schema)")
        if let kept = restoration.kept { Console.note("the store that was there is kept as \(kept)") }
    }
}
