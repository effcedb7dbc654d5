// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AccessPolicy
internal import Foundation

/// Why a file with policies or requests cannot be used.
struct PolicyFileError: Error, CustomStringConvertible {
    /// The file.
    var file: String
    /// What is wrong with it.
    var problem: String

    var description: String { "\(file): \(problem)" }
}

/// Reads the files that `verifier policy` is given.
enum PolicyFiles {
    /// The bytes of a file.
    static func bytes(of file: String) throws(PolicyDocumentError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: file), options: .mappedIfSafe))
        } catch {
            throw PolicyDocumentError(problem: "cannot be read: \(error.localizedDescription)")
        }
    }

    /// Hands over the lines of a file that are not empty, one after the other, each with its number from 1.
    static func eachLine(of file: String, _ body: (Int, [UInt8]) throws -> Void) throws {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: file), options: .mappedIfSafe)
        } catch {
            throw PolicyFileError(file: file, problem: "cannot be read: \(error.localizedDescription)")
        }
        var rest = data[...]
        var number = 0
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest.dropFirst(line.count + 1)
            number += 1
            if !line.isEmpty { try body(number, Array(line)) }
        }
    }

    /// What a file holds.
    static func read<Value>(
        _ file: String, _ decode: ([UInt8]) throws(PolicyDocumentError) -> Value
    ) throws -> Value {
        do throws(PolicyDocumentError) { return try decode(try bytes(of: file)) } catch {
            throw PolicyFileError(file: file, problem: "\(error)")
        }
    }

    /// The policies and zones of files, ready to be asked.
    static func evaluator(_ files: [String]) throws -> AccessPolicyEvaluator {
        let document = try document(files)
        return AccessPolicyEvaluator(policies: document.policiesWithRules, zones: document.zones)
    }

    /// What files hold.
    static func document(_ files: [String]) throws -> PolicyDocument {
        var document = PolicyDocument()
        for file in files {
            document.add(
                try read(file) { (bytes) throws(PolicyDocumentError) in try PolicyDocument.decode(bytes) })
        }
        return document
    }
}
