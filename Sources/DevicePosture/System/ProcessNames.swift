// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The names of all processes, as far as this user is shown them.
///
/// The kernel keeps 15 bytes of a name. Under `hidepid` it shows the user's own processes alone, and then that another does not
/// run cannot be told.
struct ProcessNames: Sendable {
    /// The longest name that the kernel keeps, in bytes (`TASK_COMM_LEN` - 1).
    static let longestName = 15

    /// The names of processes of somebody else than the view's user, or of all where that is the superuser.
    private let names: Set<String>
    /// Whether all processes are shown.
    let isComplete: Bool

    /// Reads the names.
    init(in system: SystemView) throws(ReadFailure) {
        var names: Set<String> = []
        for process in try system.list("/proc") where process.utf8.allSatisfy({ (48...57).contains($0) }) {
            // A program of the person's own can bear any name.
            guard let owner = try? system.owner(of: "/proc/\(process)"), owner != system.userID || system.userID == 0,
                let name = try? system.attribute("/proc/\(process)/comm")
            else { continue }
            names.insert(name)
        }
        self.names = names
        isComplete = (try? system.attribute("/proc/1/comm")) != nil
    }

    /// Whether a program of this name runs; `nil` where not all processes are shown and it is none of those that are.
    func runs(_ program: String) -> Bool? {
        if names.contains(String(decoding: program.utf8.prefix(Self.longestName), as: UTF8.self)) { return true }
        return isComplete ? false : nil
    }
}
