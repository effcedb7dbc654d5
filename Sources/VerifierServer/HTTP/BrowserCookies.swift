// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Hummingbird

/// The cookies by which a browser keeps its place: one for a sign-in under way, one for the session.
///
/// Both are secrets: HttpOnly, SameSite=Lax, for this host alone, and on https Secure with the `__Host-` prefix (RFC 6265bis §4.1.3).
package struct BrowserCookies: Sendable {
    private let isSecure: Bool

    /// Cookies for an issuer that browsers reach by TLS, or not.
    package init(isSecure: Bool) { self.isSecure = isSecure }

    /// The state handle of the sign-in under way.
    package func transaction(_ request: Request) -> String? { value(request, "cs_transaction") }

    /// The session's secret.
    package func session(_ request: Request) -> String? { value(request, "cs_session") }

    /// Gives the browser the state handle of a sign-in.
    package func setTransaction(_ stateHandle: String, on response: inout Response) {
        set("cs_transaction", stateHandle, maxAge: nil, on: &response)
    }

    /// Gives the browser a session; it forgets it when it is closed.
    package func setSession(_ secret: String, on response: inout Response) {
        set("cs_session", secret, maxAge: nil, on: &response)
    }

    /// Takes the state handle away.
    package func clearTransaction(on response: inout Response) { set("cs_transaction", "", maxAge: 0, on: &response) }

    /// Takes the session away.
    package func clearSession(on response: inout Response) { set("cs_session", "", maxAge: 0, on: &response) }

    private func name(_ name: String) -> String { isSecure ? "__Host-\(name)" : name }

    private func value(_ request: Request, _ name: String) -> String? {
        guard let value = request.cookies[self.name(name)]?.value, (16...256).contains(value.utf8.count) else {
            return nil
        }
        return value
    }

    private func set(_ name: String, _ value: String, maxAge: Int?, on response: inout Response) {
        response.setCookie(
            Cookie(
                name: self.name(name), value: value, maxAge: maxAge, path: "/", secure: isSecure, httpOnly: true,
                sameSite: .lax))
    }
}
