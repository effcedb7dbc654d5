// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Reads documents that are understood whole or not at all.
enum StrictJSON {
    /// Reads a document of at most so many bytes, in which no member stands twice.
    static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], upTo limit: Int, name: String
    ) throws(AssurancePolicyError) -> Value {
        guard bytes.count <= limit else {
            throw AssurancePolicyError(file: name, problem: "is longer than \(limit) bytes")
        }
        let value: Value
        do { value = try JSONDecoder().decode(type, from: Data(bytes)) } catch let error as DecodingError {
            throw AssurancePolicyError(error, file: name)
        } catch let error as EmptyPolicyError {
            throw AssurancePolicyError(
                file: name,
                problem: error.hasChecks
                    ? "asks for posture checks alone; state a condition beside them"
                    : "asks for nothing; state a condition")
        } catch {
            throw AssurancePolicyError(file: name, problem: "is not a document in JSON")
        }
        if let twice = JSONMembers.duplicate(in: bytes) {
            throw AssurancePolicyError(file: name, member: twice, problem: "stands there twice")
        }
        return value
    }
}

extension AssurancePolicyError {
    /// The error behind a failed decoding.
    fileprivate init(_ error: DecodingError, file: String) {
        switch error {
        case .dataCorrupted(let context):
            self.init(
                file: file, member: Self.path(context.codingPath),
                problem: context.codingPath.isEmpty ? "is not JSON" : context.debugDescription)
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            self.init(file: file, member: Self.path(context.codingPath), problem: "has a value of the wrong type")
        case .keyNotFound(let key, let context):
            self.init(file: file, member: Self.path(context.codingPath + [key]), problem: "is missing")
        @unknown default:
            self.init(file: file, problem: "is not a document in JSON")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        var path = ""
        for key in keys {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return path
    }
}
