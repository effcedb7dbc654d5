// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

extension ExpressionSchema {
    /// The names of the identity engine's expression language.
    ///
    /// Profiles of users and devices take names of their own (custom attributes, and signals that Okta does not have); the type of
    /// such a value is not known.
    public static let identityEngine = ExpressionSchema(roots: [
        "user": user,
        "device": device,
        "security": .object([
            "risk": .object(["level": .value(.string, among: ["LOW", "MEDIUM", "HIGH"])]),
            "behaviors": .list(.value(.string)),
        ]),
        "session": .object(["id": .value(.string), "amr": .list(.value(.string))]),
        "login": .object(["identifier": .value(.string)]),
        "accessRequest": .object([
            "operation": .value(.string, among: ["enroll", "unenroll", "recover", "unlockAccount"]),
            "authenticator": .object(["id": .value(.string), "key": .value(.string)]),
            "metadata": .object(["type": .value(.string, among: ["expiry"])]),
        ]),
    ])

    /// What ``GroupMembership`` is in an expression.
    static let group = Attribute.object([
        "id": .value(.string), "type": .value(.string, among: GroupMembership.Kind.allCases.map(\.rawValue)),
        "source": .object(["id": .value(.string)]),
        "profile": .object(["name": .value(.string)], custom: .value(.any)),
    ])

    private static let user = Attribute.object([
        "id": .value(.string),
        "status": .value(
            .string,
            among: [
                "STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED",
                "DEPROVISIONED",
            ]),
        "created": .value(.string), "lastUpdated": .value(.string), "passwordChanged": .value(.string),
        "lastLogin": .value(.string),
        "profile": .object(
            Dictionary(uniqueKeysWithValues: userProfile.map { ($0, .value(.string)) }), custom: .value(.any)),
    ])

    /// The attributes that every user's profile may have; all are strings.
    static let userProfile = [
        "login", "email", "secondEmail", "firstName", "lastName", "middleName", "honorificPrefix", "honorificSuffix",
        "title", "displayName", "nickName", "profileUrl", "primaryPhone", "mobilePhone", "streetAddress", "city",
        "state", "zipCode", "countryCode", "postalAddress", "preferredLanguage", "locale", "timezone", "userType",
        "employeeNumber", "costCenter", "organization", "division", "department", "managerId", "manager",
    ]

    private static let device = Attribute.object([
        "id": .value(.string),
        "profile": .object(deviceProfile, custom: .value(.any)),
        "assurance": .object(["screenLockType": .value(.string, among: ["NONE", "PASSCODE", "BIOMETRIC"])]),
        "caller": .object([
            "binaryIdentifier": .value(.string),
            "bindingType": .value(.string, among: ["LOOPBACK", "CUSTOM_URI", "APPLE_SSO_EXTENSION"]),
            "validationStatus": .value(.string, among: ["SUCCESS"]),
        ]),
        "provider": .object([
            "wsc": .object(
                Dictionary(
                    uniqueKeysWithValues: [
                        "antiVirus", "fireWall", "autoUpdateSettings", "internetSettings", "securityCenterService",
                        "userAccountControl",
                    ].map { ($0, .value(.string, among: ["GOOD", "NOT_MONITORED", "POOR", "SNOOZE", "UNKNOWN"])) })),
            "zta": .object([
                "os": .value(.number), "overall": .value(.number), "sensorConfig": .value(.number),
                "csSerialNumber": .value(.string), "cid": .value(.string), "csPlatform": .value(.string),
                "aid": .value(.string), "expirationDateTime": .value(.any), "issuedDateTime": .value(.any),
            ]),
            "azt": .object([:], custom: .value(.any)),
            "oktaVerify": .object(["version": .value(.string)]),
            "deviceAccess": .object(["joined": .value(.any)]),
        ]),
    ])

    private static let deviceProfile: [String: Attribute] = {
        let strings = [
            "osVersion", "displayName", "serialNumber", "manufacturer", "model", "sid", "udid", "imei", "meid",
            "tpmPublicKeyHash",
        ]
        let booleans = [
            "managed", "registered", "secureHardwarePresent", "integrityJailbreak", "integrityDebug",
            "integrityEmulator", "integrityHook", "integrityRepackage",
        ]
        var names: [String: Attribute] = [
            "platform": .value(.string, among: ["ANDROID", "CHROMEOS", "IOS", "LINUX", "MACOS", "WINDOWS"]),
            "diskEncryptionType": .value(
                .string, among: ["NONE", "FULL", "USER", "ALL_INTERNAL_VOLUMES", "SYSTEM_VOLUME"]),
        ]
        for name in strings { names[name] = .value(.string) }
        for name in booleans { names[name] = .value(.boolean) }
        return names
    }()
}
