// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WireProtocol

/// By what right a verifier is asked for an enrolment or a change of one: the person's sign-in, or a code of the
/// administrator's. It counts once.
struct EnrollmentAuthority: Sendable {
    /// The field `Authorization`.
    let header: String
    /// What it is, for what a person is told of a refusal.
    let proof: VerifierRefusal.Proof

    /// Has the person sign in, or takes the code that they gave.
    ///
    /// - Parameter loginHint: the account that is meant, for the sign-in page; the verifier decides.
    /// - Throws: ``EnrollmentError``, or `CancellationError`.
    static func obtain(
        _ proof: EnrollmentWish.Proof, _ configuration: AuthenticatorConfiguration, _ verifier: VerifierClient,
        loginHint: String? = nil, progress: @escaping @Sendable (EnrollmentProgress) async -> Void
    ) async throws -> EnrollmentAuthority {
        switch proof {
        case .code(let code):
            guard VerifierClient.isHeaderSafe(code), code.utf8.count <= 256 else {
                throw EnrollmentError(
                    .refused, "that is not a one-time code", hint: "type it as your administrator gave it to you")
            }
            return EnrollmentAuthority(header: "OTDT \(code)", proof: .code)
        case .browser:
            let signIn = BrowserSignIn(
                verifier: verifier, clientID: configuration.settings.oauthClientID, loginHint: loginHint
            ) { url in await progress(.signInAt(url)) }
            let token = try await signIn.accessToken()
            await progress(.signedIn)
            return EnrollmentAuthority(header: "Bearer \(token)", proof: .signIn)
        }
    }
}
