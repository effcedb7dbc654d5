// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ExpressionLanguage

extension ExpressionContext {
    /// What expressions see of a request. What is not known is missing, and to read it is an error; it is never null.
    init(_ request: AccessRequest) {
        var roots: ExpressionMap = [
            "device": .map(request.device.expressionMap), "security": .map(request.risk.expressionMap),
            "session": .map(request.session.expressionMap),
        ]
        roots["user"] = request.user.map { .map($0.expressionMap) }
        roots["login"] = request.loginIdentifier.map { ["identifier": .string($0)] }
        roots["accessRequest"] = request.account.map { .map($0.expressionMap) }
        self.init(
            roots: roots,
            groups: request.user?.groups?.map {
                GroupMembership(id: $0.id, name: $0.name, type: $0.type, sourceID: $0.sourceID)
            },
            now: ExpressionTime(seconds: request.now))
    }
}

extension ExpressionMap {
    /// Values by name.
    fileprivate init(_ values: [String: ExpressionValue]) { self.init(values.map { ($0.key, $0.value) }) }
}

extension AccessRequest.User {
    fileprivate var expressionMap: ExpressionMap {
        var map = ExpressionMap(attributes)
        map["id"] = id.map { .string($0) }
        map["profile"] = .map(ExpressionMap(profile))
        return map
    }
}

extension AccessRequest.Device {
    fileprivate var expressionMap: ExpressionMap {
        var profile = ExpressionMap(self.profile)
        // What the verifier knows stands before what the device says of itself, also where the verifier does not know.
        profile["registered"] = registered.map { .boolean($0) }
        profile["managed"] = (registered == false ? false : managed).map { .boolean($0) }
        var map: ExpressionMap = ["profile": .map(profile)]
        map["id"] = id.map { .string($0) }
        if let screenLockType { map["assurance"] = ["screenLockType": .string(screenLockType)] }
        if !providers.isEmpty { map["provider"] = .map(ExpressionMap(providers.mapValues { .map(ExpressionMap($0)) })) }
        if !caller.isEmpty { map["caller"] = .map(ExpressionMap(caller)) }
        return map
    }
}

extension AccessRequest.Risk {
    fileprivate var expressionMap: ExpressionMap {
        var map = ExpressionMap()
        if let level { map["risk"] = ["level": .string(level.rawValue)] }
        map["behaviors"] = behaviors.map { .list($0.map(ExpressionValue.string)) }
        return map
    }
}

extension AccessRequest.Session {
    fileprivate var expressionMap: ExpressionMap {
        var map = ExpressionMap()
        map["id"] = id.map { .string($0) }
        map["amr"] = methods.map { .list($0.map(ExpressionValue.string)) }
        return map
    }
}

extension AccessRequest.AccountChange {
    fileprivate var expressionMap: ExpressionMap {
        var authenticator = ExpressionMap()
        authenticator["id"] = authenticatorID.map { .string($0) }
        authenticator["key"] = authenticatorKey.map { .string($0) }
        var map: ExpressionMap = ["operation": .string(operation.rawValue), "authenticator": .map(authenticator)]
        if let metadataType { map["metadata"] = ["type": .string(metadataType)] }
        return map
    }
}
