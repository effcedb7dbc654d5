// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .alreadyExists(let collection): "a record of \(collection) with this id or key exists already"
        case .diskFull: "the disk of the store is full: make room, then try again; nothing was lost"
        case .damaged(let path): "the store \(path) is damaged or not a database: restore it from a copy"
        case .newerVersion(let path):
            "the store \(path) was written by a newer version of this program: install that version"
        case .failed(let words): words
        }
    }
}
