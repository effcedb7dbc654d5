// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
package import Hummingbird

/// The name of a sign-in under way, by which the tabs of one browser tell theirs apart.
///
/// It stands in addresses and is no secret: it only chooses among the cookies that the browser sends along, and each of them is
/// worth nothing under another's name.
package struct SignInName: Hashable, Sendable {
    /// The parameter of a query that holds it.
    package static let parameter = "sign_in"
    private static let length = 16

    /// 16 letters of base64url.
    package let text: String

    /// The name that belongs to a state handle: the beginning of its digest.
    package init(of stateHandle: String) {
        text = String(SHA256.base64URL(of: stateHandle).prefix(Self.length))
    }

    /// A name as it was presented, or `nil` for a text of another form.
    package init?(_ text: some StringProtocol) {
        let isLetter: (UInt8) -> Bool = { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 95: true
            default: false
            }
        }
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(isLetter) else { return nil }
        self.text = String(text)
    }

    /// The name in the query of a request, if there is one.
    package init?(in request: Request) {
        guard let name = FormParameters(request.uri.query ?? "")?[Self.parameter] else { return nil }
        self.init(name)
    }

    /// An address of ours that is about this sign-in.
    package func address(_ path: String) -> String { "\(path)?\(Self.parameter)=\(text)" }
}
