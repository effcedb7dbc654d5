// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import HTTPTypes
package import Hummingbird
package import Languages

/// A file of the sign-in page, which is part of this program.
package struct SignInPageAsset: Sendable {
    private let bytes: [UInt8]
    private let contentType: String
    private let tag: String

    private init(_ bytes: [UInt8], _ contentType: String) {
        self.bytes = bytes
        self.contentType = contentType
        tag = "\"\(Base64URL.encode(SHA256.hash(bytes).prefix(12)))\""
    }

    /// The files by name.
    package static let all: [String: SignInPageAsset] = [
        "signin.css": SignInPageAsset(PackageResources.signin_css, "text/css; charset=utf-8"),
        "signin.js": SignInPageAsset(PackageResources.signin_js, "text/javascript; charset=utf-8"),
        "accounts.js": SignInPageAsset(PackageResources.accounts_js, "text/javascript; charset=utf-8"),
        "verifier.js": SignInPageAsset(PackageResources.verifier_js, "text/javascript; charset=utf-8"),
        "loopback.js": SignInPageAsset(PackageResources.loopback_js, "text/javascript; charset=utf-8"),
        "language.js": SignInPageAsset(PackageResources.language_js, "text/javascript; charset=utf-8"),
        "texts.js": SignInPageAsset(PackageResources.texts_js, "text/javascript; charset=utf-8"),
        "texts.de.js": SignInPageAsset(PackageResources.texts_de_js, "text/javascript; charset=utf-8"),
        "account.js": SignInPageAsset(PackageResources.account_js, "text/javascript; charset=utf-8"),
        "icon.svg": SignInPageAsset(PackageResources.icon_svg, "image/svg+xml"),
    ]

    /// The page itself, which names the organisation.
    package static func page(organization: String) -> String {
        String(decoding: PackageResources.signin_html, as: UTF8.self)
            .replacing("{{organization}}", with: HTML.escape(organization))
    }

    /// The account page, which names the organisation and the language that it is to speak.
    package static func accountPage(organization: String, language: Language) -> String {
        String(decoding: PackageResources.account_html, as: UTF8.self)
            .replacing("{{organization}}", with: HTML.escape(organization))
            .replacing("{{language}}", with: language.rawValue)
    }

    /// The file as an answer; browsers ask each time whether theirs is still the same.
    package func response(to request: Request) -> Response {
        var headers: HTTPFields = [.contentType: contentType, .eTag: tag, .cacheControl: "no-cache"]
        if request.headers[.ifNoneMatch] == tag {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
