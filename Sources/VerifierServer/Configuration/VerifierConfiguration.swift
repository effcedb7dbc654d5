// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import WireProtocol

/// What the configuration file says, checked.
package struct VerifierConfiguration: Hashable, Sendable {
    /// The issuer: an origin, `https` unless its host is loopback.
    package var issuer: Origin
    /// The organisation's id.
    package var organizationID: String
    /// The organisation's name, for people.
    package var organizationName: String
    /// The address to listen on.
    package var address: String
    /// The port to listen on.
    package var port: Int
    /// The TLS files; `nil` for plain HTTP.
    package var tls: TLSFiles?
    /// Where metrics are served; `nil` for nowhere.
    package var metrics: Metrics?
    /// Where traces are sent; `nil` for nowhere.
    package var tracing: Tracing?
    /// The SQLite file.
    package var storePath: String
    /// Where the audit log goes: a path, or `-` for standard output.
    package var auditPath: String
    /// What pages and agents need to meet on the loopback.
    package var loopback: Loopback
    /// How people sign in.
    package var signIn: SignIn
    /// How devices are enrolled.
    package var enrollment: Enrollment
    /// Whom it believes about the hardware of keys.
    package var attestation: Attestation
    /// What devices have to meet.
    package var assurance: Assurance
    /// The access policies.
    package var policies: Policies
    /// By what a sign-in looks risky.
    package var risk: Risk
    /// The proxies whose forwarded addresses count.
    package var trustedProxies: [IPAddressRange]
    /// The command that is told of notices to people; `nil` for none.
    package var noticeCommand: [String]?
    /// The apps.
    package var clients: [RegisteredClient]

    /// The files of a certificate chain and its key, in PEM.
    package struct TLSFiles: Hashable, Sendable {
        /// The chain, the server's own certificate first.
        package var certificate: String
        /// The key.
        package var key: String

        /// Files by their paths.
        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// Where metrics are served, and to whom.
    package struct Metrics: Hashable, Sendable {
        /// The address to listen on.
        package var address: String
        /// The port to listen on.
        package var port: Int
        /// Who may ask, by the other end of the connection.
        package var allowed: [IPAddressRange]
    }

    /// Where traces are sent, and which.
    package struct Tracing: Hashable, Sendable {
        /// The URL at which an OpenTelemetry collector takes traces by OTLP over HTTP.
        package var endpoint: String
        /// The value of the header `Authorization`, a secret, or `nil` for none.
        package var authorization: String?
        /// How many of a hundred traces that begin here are recorded.
        package var percent: Int
    }

    /// What pages and agents need to meet on the loopback.
    package struct Loopback: Hashable, Sendable {
        /// The origins, besides the issuer's, whose pages may carry challenges.
        package var allowedOrigins: [Origin]
        /// The ports, in the order in which they are tried.
        package var ports: [Int]
        /// How long a page waits for an answer of one port, in milliseconds.
        package var probeTimeoutMillis: Int
    }

    /// How people sign in.
    package struct SignIn: Hashable, Sendable {
        /// Whether they are to be verified, where the client does not say.
        package var userVerification: UserVerificationRequirement
        /// Whether they are to be asked, where the client does not say.
        package var userMediation: UserMediation
        /// What protection the key needs that signs, where the client does not say; at enrolments, always.
        package var keyProtection: KeyProtection
        /// Whether a fingerprint reader of the device's counts as verification.
        package var fingerprintReaders: Bool
        /// Whether a link may bring a challenge where the page cannot reach the agent.
        package var customURI: Bool
        /// How long a session counts.
        package var sessionMinutes: Int
    }

    /// How devices are enrolled.
    package struct Enrollment: Hashable, Sendable {
        /// Whether a user-verification key is to be made.
        package var userVerification: EnrollmentUserVerification
        /// How long a one-time code counts.
        package var codeMinutes: Int
    }

    /// What devices have to meet.
    package struct Assurance: Hashable, Sendable {
        /// The folder of device assurance policies; `nil` refuses no device for its posture.
        package var directory: String?
        /// What comes of a device that does not meet them, where the client does not say.
        package var mode: AssuranceMode
        /// What a person is told who needs help, and where they find more.
        package var help: AssuranceHelp?
        /// The folder of the organisation's own checks; `nil` for none.
        package var postureCheckDirectory: String?
        /// The other programs on devices whose signals are asked for.
        package var signalProviders: [String]
        /// The release feed of the administrator's own; `nil` for the one that comes with the product.
        package var releaseFeed: ReleaseFeedFile?
        /// The files of own texts by language.
        package var texts: [String: String] = [:]
    }

    /// The access policies.
    package struct Policies: Hashable, Sendable {
        /// The folder of access policies and network zones; `nil` for none.
        package var directory: String?
        /// The id of the policy of apps that name none; `nil` where such apps are not guarded by any.
        package var standard: String?
        /// Signals that policies' expressions look at, by name.
        package var signals: [String]
        /// For how many days it is kept what policies were asked.
        package var recordDays = 30
    }

    /// Where the file is looked for when nobody says.
    package static let defaultPath = "/etc/countersign/verifier.toml"

    /// The file of the key that seals the private keys in the store.
    package var keyFilePath: String { storePath + ".key" }

    /// Whether browsers reach the issuer by TLS, here or at a proxy.
    package var isSecure: Bool { issuer.scheme == "https" }
}
