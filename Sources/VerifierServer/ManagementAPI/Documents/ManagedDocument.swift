// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import DeviceAssurance
internal import ManagementQueries

/// What reads one kind of documents: the module that decides by them. A document that it does not understand is not kept.
protocol ManagedDocument: Sendable {
    /// The kind.
    static var kind: DocumentKind { get }

    /// Reads a document, whole.
    ///
    /// - Throws: ``ManagementError`` that names the member that is not understood.
    static func check(_ bytes: [UInt8]) throws(ManagementError)
}

/// Device assurance policies.
enum AssuranceDocument: ManagedDocument {
    static let kind = DocumentKind.deviceAssurance

    static func check(_ bytes: [UInt8]) throws(ManagementError) {
        do { _ = try AssurancePolicy.decode(bytes, name: "body") } catch {
            throw .invalid(error.member ?? "body", error.problem)
        }
    }
}
