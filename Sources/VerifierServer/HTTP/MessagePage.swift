// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import HTTPTypes
package import Hummingbird
package import Languages

/// An error that a person is told on a page.
package struct PageError: Error, Hashable, Sendable {
    /// The HTTP status.
    package var status: HTTPResponse.Status
    /// What happened, in a few words.
    package var title: PageText
    /// What it means and what to do.
    package var paragraphs: [PageText]

    /// An error.
    package init(_ status: HTTPResponse.Status, _ title: PageText, _ paragraphs: PageText...) {
        self.status = status
        self.title = title
        self.paragraphs = paragraphs
    }
}

/// A page that says something and needs no script.
package struct MessagePage: Sendable {
    /// The organisation's name.
    package var organization: String
    /// What is said, in a few words.
    package var title: PageText
    /// What is said at length.
    package var paragraphs: [PageText]
    /// The language that it is said in.
    package var language: Language
    /// A form below it, in HTML of ours.
    package var form: String

    /// A page.
    ///
    /// - Parameter request: the request that it answers, by whose language it speaks.
    package init(
        organization: String, title: PageText, paragraphs: [PageText], form: String = "", to request: Request
    ) {
        self.organization = organization
        self.title = title
        self.paragraphs = paragraphs
        self.form = form
        language = PageText.language(of: request)
    }

    /// The page as an answer.
    package func response(
        status: HTTPResponse.Status = .ok, policy: ContentSecurityPolicy = .text
    ) -> Response {
        .page(html, policy: policy, status: status)
    }

    private var html: String {
        let text = paragraphs.map { "<p>\(HTML.escape($0.text(in: language)))</p>" }.joined(separator: "\n      ")
        let title = HTML.escape(title.text(in: language))
        return """
            <!doctype html>
            <html lang="\(language.rawValue)">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <title>\(title) · \(HTML.escape(organization))</title>
              <link rel="icon" href="/signin/assets/icon.svg" type="image/svg+xml">
              <link rel="stylesheet" href="/signin/assets/signin.css">
            </head>
            <body>
              <main class="card">
                <p class="organization">\(HTML.escape(organization))</p>
                <h1>\(title)</h1>
                \(text)
                \(form)
              </main>
            </body>
            </html>

            """
    }
}

/// Text within HTML.
package enum HTML {
    /// A text as it stands between tags or in a quoted attribute.
    package static func escape(_ text: String) -> String {
        var output = ""
        for character in text {
            switch character {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            default: output.append(character)
            }
        }
        return output
    }
}
