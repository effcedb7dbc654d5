// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What somebody must prove: `verificationMethod` of an action.
public enum VerificationMethod: Hashable, Sendable {
    /// A number of factors, and which ones (`ASSURANCE`).
    case assurance(AssuranceMethod)
    /// One of several sequences of authenticators (`AUTH_METHOD_CHAIN`).
    case chains(MethodChains)
    /// A proof of identity by a third party (`ID_PROOFING`), by its id; not offered here, so that it cannot be met.
    case identityProofing(id: String?)
    /// A type that is not known here; it cannot be met.
    case unrecognized(type: String, JSONValue)

    /// One factor of any kind: what an action without a method asks for.
    public static let anyFactor = VerificationMethod.assurance(AssuranceMethod(factorMode: .one))
}
