// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Virtual devices for programs that are not changed for them.
@main struct VirtualDevicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "virtual-devices", abstract: "Virtual devices, for tests.",
        subcommands: [FIDO2Command.self, ListCommand.self, SignCommand.self])
}
