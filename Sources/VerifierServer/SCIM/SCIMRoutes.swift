// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import ManagementQueries

/// SCIM 2.0 (docs/scim.md): a directory of the organisation's makes, changes and deactivates people and groups here.
struct SCIMRoutes: Sendable {
    let services: VerifierServices
    let address: @Sendable (Request, VerifierRequestContext) -> String

    /// The most resources of a page.
    static let maximumCount = 200

    func add(to router: Router<VerifierRequestContext>) {
        let gate = ManagementGate(
            services: services, tokens: services.apiTokens, address: address, form: SCIMForm())
        addDiscovery(gate, router)
        SCIMUserRoutes(gate: gate).add(to: router)
        SCIMGroupRoutes(gate: gate).add(to: router)
        addRefusals(gate, router)
    }

    private func addDiscovery(_ gate: ManagementGate, _ router: Router<VerifierRequestContext>) {
        let base = services.settings.issuer + gate.form.base
        gate.on(router, .get, "/ServiceProviderConfig", .scim) { _ in
            ManagementAnswer(value: Self.configuration(base))
        }
        let types = SCIMTypes.all.map {
            Self.located($0.definition, at: "\(base)/ResourceTypes/\($0.name)", "ResourceType")
        }
        let schemas = (SCIMTypes.all.map(\.schema) + [SCIMTypes.enterprise]).map {
            Self.located($0.definition, at: "\(base)/Schemas/\($0.id)", "Schema")
        }
        for (path, resources) in [("/ResourceTypes", types), ("/Schemas", schemas)] {
            gate.on(router, .get, "\(path)", .scim) { call in
                // RFC 7644 §4: these cannot be filtered.
                guard call.query["filter"] == nil else {
                    throw ManagementError.forbidden(APIScope(.scim, isManage: false))
                }
                return ManagementAnswer(
                    value: SCIMPage.list(resources, total: resources.count, startIndex: 1))
            }
            gate.on(router, .get, "\(path)/:id", .scim) { call in
                let id = try call.parameter()
                guard let found = resources.first(where: { $0["id"]?.text == id }) else {
                    throw ManagementError.notFound(id, "Resource")
                }
                return ManagementAnswer(value: found)
            }
        }
    }

    private static func located(_ value: ResourceValue, at location: String, _ type: String)
        -> ResourceValue
    {
        var members = value.members ?? [:]
        members["meta"] = ["resourceType": .string(type), "location": .string(location)]
        return .object(members)
    }

    /// Answers what is not served as SCIM does: 404, 405 where there are other methods, 501 for searches by POST and many changes at
    /// once (RFC 7644 §3.12, §4).
    private func addRefusals(_ gate: ManagementGate, _ router: Router<VerifierRequestContext>) {
        let form = gate.form
        func refuse(_ method: HTTPRequest.Method, _ path: String, _ refusal: ManagementError) {
            router.on(RouterPath(form.base + path), method: method) { _, _ in try form.response(refusal) }
        }
        let readOnly = ManagementError(405, ManagementError.notFoundCode, "This can only be read.")
        for method in [HTTPRequest.Method.post, .put, .patch, .delete] {
            for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] { refuse(method, path, readOnly) }
        }
        for path in ["/Bulk", "/.search", "/Users/.search", "/Groups/.search"] {
            refuse(.post, path, .unsupported("Ask by GET, and change one resource at a time."))
        }
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            refuse(method, "/**", .notFound("?", "Resource"))
        }
    }

    /// What is offered (RFC 7643 §5).
    private static func configuration(_ base: String) -> ResourceValue {
        let no: ResourceValue = ["supported": false]
        return [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": ["supported": true],
            "bulk": ["supported": false, "maxOperations": 0, "maxPayloadSize": 0],
            "filter": ["supported": true, "maxResults": .integer(Int64(maximumCount))],
            "changePassword": no, "sort": no,
            "etag": ["supported": true],
            "authenticationSchemes": [
                [
                    "type": "oauthbearertoken", "name": "Bearer token",
                    "description":
                        "A token of 'verifier token create' with the scope countersign.scim.manage",
                    "specUri": "https://www.rfc-editor.org/info/rfc6750", "primary": true,
                ]
            ],
            "meta": [
                "resourceType": "ServiceProviderConfig",
                "location": .string("\(base)/ServiceProviderConfig"),
            ],
        ]
    }
}

/// Which page of a list is asked for (RFC 7644 §3.4.2.4).
struct SCIMPage: Sendable {
    /// The place of the first resource, from 1.
    let startIndex: Int
    /// How many there are at most.
    let count: Int

    init(_ call: ManagementCall) throws(ManagementError) {
        func number(_ name: String) throws(ManagementError) -> Int? {
            guard let text = call.query[name] else { return nil }
            guard text.utf8.count <= 10, let number = Int(text) else {
                throw ManagementError(SCIMError(.invalidValue, "\(name): must be a number"))
            }
            return number
        }
        startIndex = max(try number("startIndex") ?? 1, 1)
        count = min(max(try number("count") ?? SCIMRoutes.maximumCount, 0), SCIMRoutes.maximumCount)
    }

    /// Whether the page has the resource of a place, from 1.
    func has(_ place: Int) -> Bool { place >= startIndex && place - startIndex < count }

    /// A list as it is answered.
    static func list(_ resources: [ResourceValue], total: Int, startIndex: Int) -> ResourceValue {
        [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": .integer(Int64(total)),
            "startIndex": .integer(Int64(startIndex)), "itemsPerPage": .integer(Int64(resources.count)),
            "Resources": .array(resources),
        ]
    }
}
