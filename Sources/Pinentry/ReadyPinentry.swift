// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A started pinentry that has been told where to show itself. Used by one thread.
struct ReadyPinentry {
    let connection: AssuanConnection
    let flavor: PinentryFlavor
    let asciiOnly: Bool

    /// Waits for the program's greeting, and tells it what leads to the surface. Blocking; it shows nothing yet.
    init(_ child: ChildProcess, on surface: PromptSurface) throws(PinentryError) {
        connection = AssuanConnection(child)
        asciiOnly = surface.isASCIIOnly
        do throws(PinentryError) {
            let deadline = Deadline(after: .seconds(10))
            try connection.awaitGreeting(until: deadline)
            // Older programs do not know all options; what they cannot do without shows when they are asked.
            let answers = try connection.run(
                surface.options.map { "OPTION \($0)" } + ["GETINFO flavor"], until: deadline)
            var name = ""
            if case .success(let data?, _)? = answers.last {
                name = data.withUnsafeBytes { String(decoding: $0.prefix(64), as: UTF8.self) }
            }
            flavor = PinentryFlavor(name)
        } catch {
            throw PinentryError(.unavailable, "the pinentry did not start: \(error.message)")
        }
    }
}
