// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import FoundationEssentials
internal import TOMLConfiguration
internal import WireProtocol

extension VerifierConfiguration {
    private enum ClientType: String, CaseIterable {
        case confidential
        case `public`
    }

    /// The `[[clients]]` of a file.
    static func clients(
        _ root: ConfigurationTable, _ signIn: SignIn, _ assurance: Assurance, _ policies: Policies,
        _ files: ConfigurationFile
    ) throws(ConfigurationError) -> [RegisteredClient] {
        var clients: [RegisteredClient] = []
        for section in try root.sections("clients") {
            let client = try client(section, signIn, assurance, policies, files)
            guard client.id != RegisteredClient.agent.id, client.id != RegisteredClient.accountPageID else {
                throw ConfigurationError(section.name("id"), "is a client of the verifier's own, which is built in")
            }
            guard !clients.contains(where: { $0.id == client.id }) else {
                throw ConfigurationError(section.name("id"), "is \"\(client.id)\", which another client has already")
            }
            clients.append(client)
        }
        return clients
    }

    private static func client(
        _ section: ConfigurationTable, _ signIn: SignIn, _ assurance: Assurance, _ policies: Policies,
        _ files: ConfigurationFile
    ) throws(ConfigurationError) -> RegisteredClient {
        let id = try section.required("id")
        guard id.utf8.count <= 128, id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ConfigurationError(section.name("id"), "must be at most 128 visible ASCII characters")
        }
        let name = try section.string("name") ?? id
        let authentication = try authentication(section)
        var client = RegisteredClient(
            id: id, name: name, authentication: authentication,
            secret: try secret(section, authentication, files), keys: try keys(section, authentication, files),
            redirectURIs: try redirectURIs(section, "redirect_uris"),
            postLogoutRedirectURIs: try redirectURIs(section, "post_logout_redirect_uris"),
            idTokenAlgorithm: try section.choice("id_token_signed_response_alg", among: TokenKeyring.algorithms)
                ?? .rs256,
            userVerification: try section.choice("user_verification", UserVerificationRequirement.self)
                ?? signIn.userVerification,
            userMediation: try section.choice("user_mediation", UserMediation.self) ?? signIn.userMediation,
            keyProtection: try section.choice("key_protection", KeyProtection.self) ?? signIn.keyProtection,
            requiresAssurance: try section.bool("assurance") ?? true,
            assuranceMode: try section.choice("assurance_mode", AssuranceMode.self) ?? assurance.mode,
            accessPolicy: try section.string("access_policy") ?? policies.standard, isAgent: false)
        client.scopes = try scopes(section, "scopes")
        client.serviceScopes = try scopes(section, "service_scopes")
        try section.finish()
        guard client.serviceScopes.isEmpty || authentication == .privateKeyJWT else {
            throw ConfigurationError(section.name("service_scopes"), "is of use with auth = \"private_key_jwt\" only")
        }
        // A program that signs in nobody needs no address to send them to.
        guard !client.redirectURIs.isEmpty || !client.serviceScopes.isEmpty && client.scopes.isEmpty else {
            throw ConfigurationError(section.name("redirect_uris"), "must name at least one URI")
        }
        return client
    }

    private static func authentication(
        _ section: ConfigurationTable
    ) throws(ConfigurationError) -> RegisteredClient.Authentication {
        let type = try section.choice("type", ClientType.self) ?? .confidential
        let stated = try section.choice("auth", RegisteredClient.Authentication.self)
        switch (type, stated) {
        case (.public, nil), (.public, .some(.none)): return .none
        case (.public, .some):
            throw ConfigurationError(section.name("auth"), "must be none, or left out, for a public client")
        case (.confidential, .some(.none)):
            throw ConfigurationError(
                section.name("auth"), "is none, but the client is confidential", hint: "say type = \"public\"")
        case (.confidential, let stated): return stated ?? .clientSecretBasic
        }
    }

    private static func secret(
        _ section: ConfigurationTable, _ authentication: RegisteredClient.Authentication, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> ClientSecret? {
        let inline = try section.string("secret")
        let path = try section.string("secret_file")
        guard inline == nil || path == nil else {
            throw ConfigurationError(section.name("secret"), "and secret_file are both there: keep one")
        }
        guard authentication == .clientSecretBasic || authentication == .clientSecretPost else {
            if inline != nil || path != nil {
                throw ConfigurationError(
                    section.name(inline != nil ? "secret" : "secret_file"),
                    "is of no use with auth = \"\(authentication.rawValue)\"")
            }
            return nil
        }
        var text = inline
        if let path {
            text = try ConfigurationFile.secret(at: files.resolve(path), key: section.name("secret_file"))
        }
        guard let text else { throw ConfigurationError(section.name("secret"), "or secret_file is missing") }
        guard text.utf8.count >= ClientSecret.minimumLength else {
            throw ConfigurationError(
                section.name(inline != nil ? "secret" : "secret_file"),
                "is shorter than \(ClientSecret.minimumLength) bytes", hint: "openssl rand -base64 32 makes a good one")
        }
        return ClientSecret(text)
    }

    private static func keys(
        _ section: ConfigurationTable, _ authentication: RegisteredClient.Authentication, _ files: ConfigurationFile
    ) throws(ConfigurationError) -> JWKSet? {
        let path = try section.string("jwks_file")
        guard authentication == .privateKeyJWT else {
            if path != nil {
                throw ConfigurationError(section.name("jwks_file"), "is of use with auth = \"private_key_jwt\" only")
            }
            return nil
        }
        guard let path else { throw ConfigurationError(section.name("jwks_file"), "is missing") }
        let text = try ConfigurationFile.text(at: files.resolve(path), key: section.name("jwks_file"))
        let set: JWKSet
        do { set = try JSON.decode(JWKSet.self, from: Array(text.utf8)) } catch {
            throw ConfigurationError(
                section.name("jwks_file"), "is not a set of public RSA or P-256 keys: \(error.reason)")
        }
        guard (1...16).contains(set.keys.count) else {
            throw ConfigurationError(section.name("jwks_file"), "must have 1 to 16 keys")
        }
        guard set.keys.allSatisfy({ RegisteredClient.keyAlgorithms.contains($0.publicKey.algorithm) }) else {
            throw ConfigurationError(section.name("jwks_file"), "has a key that is neither RSA nor on P-256")
        }
        return set
    }

    private static func scopes(
        _ section: ConfigurationTable, _ key: String
    ) throws(ConfigurationError) -> [APIScope] {
        var scopes: [APIScope] = []
        for name in try section.strings(key) ?? [] {
            guard let scope = APIScope(name), scope.isForAccessTokens else {
                throw ConfigurationError(
                    section.name(key), "has \"\(name.prefix(100))\", which is no scope of the management API",
                    hint: "there are " + APIScope.forAccessTokens.map(\.description).joined(separator: ", "))
            }
            scopes.append(scope)
        }
        return scopes
    }

    private static func redirectURIs(
        _ section: ConfigurationTable, _ key: String
    ) throws(ConfigurationError) -> [RedirectURI] {
        var uris: [RedirectURI] = []
        for text in try section.strings(key) ?? [] {
            guard let uri = RedirectURI(text) else {
                throw ConfigurationError(
                    section.name(key), "has \"\(text.prefix(200))\", which may not be redirected to",
                    hint:
                        "use an absolute https URL without a fragment, http on a loopback host, or a scheme such as com.example.app:/"
                )
            }
            uris.append(uri)
        }
        return uris
    }
}
