// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import Hummingbird

/// The cookies by which a browser keeps its place: one for each sign-in under way, one for the session.
///
/// All are secrets: HttpOnly, SameSite=Lax, for this host alone, and on https Secure with the `__Host-` prefix (RFC 6265bis §4.1.3).
/// A sign-in's cookie bears the sign-in's name, so that two tabs do not take each other's.
package struct BrowserCookies: Sendable {
    /// How many sign-ins of one browser may be under way: headers are bounded, so the oldest gives way to the next.
    package static let maximumSignIns = 8

    private let isSecure: Bool

    /// Cookies for an issuer that browsers reach by TLS, or not.
    package init(isSecure: Bool) { self.isSecure = isSecure }

    /// The state handle of the sign-in that a request names, where the browser has it.
    package func transaction(_ request: Request) -> String? {
        guard let name = SignInName(in: request), let handle = value(request, cookieName(of: name)),
            SignInName(of: handle) == name
        else { return nil }
        return handle
    }

    /// The session's secret.
    package func session(_ request: Request) -> String? { value(request, self.name("cs_session")) }

    /// Gives the browser the state handle of a sign-in; takes the oldest away where there would be too many.
    package func setTransaction(_ stateHandle: String, for request: Request, on response: inout Response) {
        for name in signIns(request).dropLast(Self.maximumSignIns - 1) { clear(cookieName(of: name), on: &response) }
        set(
            cookieName(of: SignInName(of: stateHandle)), stateHandle, maxAge: Int(SignInTransaction.memory),
            on: &response)
    }

    /// Gives the browser a session; it forgets it when it is closed.
    package func setSession(_ secret: String, on response: inout Response) {
        set(name("cs_session"), secret, maxAge: nil, on: &response)
    }

    /// Takes the state handle of a sign-in away.
    package func clearTransaction(_ stateHandle: String, on response: inout Response) {
        clear(cookieName(of: SignInName(of: stateHandle)), on: &response)
    }

    /// Takes the session away.
    package func clearSession(on response: inout Response) { clear(name("cs_session"), on: &response) }

    /// The sign-ins that the browser has cookies of; it sends the oldest first (RFC 6265 §5.4).
    private func signIns(_ request: Request) -> [SignInName] {
        let prefix = name("cs_transaction_")
        return request.headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair in
            let name = pair.drop { $0 == " " }.prefix { $0 != "=" }
            return name.hasPrefix(prefix) ? SignInName(name.dropFirst(prefix.count)) : nil
        }
    }

    private func cookieName(of signIn: SignInName) -> String { name("cs_transaction_\(signIn.text)") }

    private func name(_ name: String) -> String { isSecure ? "__Host-\(name)" : name }

    private func value(_ request: Request, _ name: String) -> String? {
        guard let value = request.cookies[name]?.value, (16...256).contains(value.utf8.count) else { return nil }
        return value
    }

    private func clear(_ name: String, on response: inout Response) { set(name, "", maxAge: 0, on: &response) }

    private func set(_ name: String, _ value: String, maxAge: Int?, on response: inout Response) {
        response.setCookie(
            Cookie(
                name: name, value: value, maxAge: maxAge, path: "/", secure: isSecure, httpOnly: true, sameSite: .lax))
    }
}
