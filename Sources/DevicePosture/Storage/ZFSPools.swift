// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The devices and files that pools of ZFS are made of, as `zpool status -P` prints them.
struct ZFSPools: Hashable, Sendable {
    /// One pool.
    struct Pool: Hashable, Sendable {
        /// The absolute paths of its members, with those of logs and caches, without spares that wait.
        var members: [String] = []
        /// Whether a member is missing, so that only its number is shown.
        var lacksMember = false
    }

    /// The pools by name.
    let pools: [String: Pool]

    /// Parses what the command prints.
    ///
    /// A line of the configuration is a name, indented by its depth, and columns. Names that are no absolute path stand for pools,
    /// mirrors and sections; a name of digits alone is a member that is missing.
    ///
    /// - Throws: ``ReadFailure/malformed`` where a pool has no configuration.
    init(parsing bytes: [UInt8]) throws(ReadFailure) {
        var pools: [String: Pool] = [:]
        var name: String?
        var isInside = false
        var isSpare = false
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let first = words.first else { continue }
            if first == "pool:" {
                guard words.count == 2 else { throw .malformed }
                (name, isInside, isSpare) = (String(words[1]), false, false)
                pools[String(words[1])] = Pool()
            } else if first == "config:" {
                isInside = true
            } else if first == "errors:" {
                isInside = false
            } else if let name, isInside, !(first == "NAME" && words.dropFirst().first == "STATE") {
                if first.hasPrefix("/") {
                    if !isSpare { pools[name]?.members.append(String(first)) }
                } else if first.utf8.allSatisfy({ (48...57).contains($0) }) {
                    pools[name]?.lacksMember = true
                } else if words.count == 1 || ["logs", "cache", "spares", "special", "dedup"].contains(first) {
                    isSpare = first == "spares"
                }
            }
        }
        guard pools.values.allSatisfy({ !$0.members.isEmpty || $0.lacksMember }) else { throw .malformed }
        self.pools = pools
    }
}
