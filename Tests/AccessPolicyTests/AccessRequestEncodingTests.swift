// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AccessPolicy

@Suite struct AccessRequestEncodingTests {
    private static let full = """
        {"now": "2026-11-26T06:00:00Z",
         "user": {"id": "00u1", "type": "oty1", "status": "ACTIVE", "created": "2025-01-02T03:04:05Z",
                  "groups": ["00g1", {"id": "00g2", "name": "West", "type": "OKTA_GROUP", "source": "s"}],
                  "profile": {"department": null, "level": 4, "big": 5000000000, "part": 0.5, "sites": ["a", {"b": true}]}},
         "device": {"id": "guo1", "registered": true, "managed": false, "type": "DESKTOP", "os": "LINUX",
                    "osVersion": "12.9", "profile": {"diskEncryptionType": "NONE", "serialNumber": "4711"},
                    "screenLockType": "PASSCODE", "provider": {"wsc": {"fireWall": "GOOD", "n": 3}},
                    "caller": {"bindingType": "LOOPBACK"},
                    "assurance": {"a": "COMPLIANT", "b": "IN_GRACE_PERIOD", "c": "NOT_COMPLIANT", "d": "INDETERMINATE"}},
         "network": {"addresses": ["10.0.0.1", "192.0.2.7"], "zones": {"nzo1": true, "nzo2": false}, "asn": "64500",
                     "location": {"country": "DE", "region": "DE-BY"}, "proxy": "NOT_TOR", "serviceCategories": ["A", "B"]},
         "risk": {"level": "HIGH", "behaviors": ["Velocity"]}, "session": {"id": "s1", "amr": ["hwk"]},
         "login": {"identifier": "alice@example.com"}, "policy": "rst1",
         "accessRequest": {"operation": "unenroll", "authenticator": {"key": "okta_verify", "id": "aut1"},
                           "metadata": {"type": "expiry"}}}
        """

    @Test(arguments: [full, #"{"now": 5}"#, #"{"now": 5, "user": {"id": "00u"}, "device": {"registered": false}}"#])
    func whatIsWrittenIsReadAsTheSame(_ text: String) throws {
        let request = try AccessRequest.decode(Array(text.utf8))
        #expect(try AccessRequest.decode(Array(request.json().text().utf8)) == request)
    }

    @Test func whatIsLeftOutOfTheProfileIsNotKnown() throws {
        var request = try AccessRequest.decode(Array(Self.full.utf8))
        let text = request.json { $0 == "serialNumber" }.text()
        #expect(!text.contains("4711"))
        request.device.profile["serialNumber"] = nil
        #expect(try AccessRequest.decode(Array(text.utf8)) == request)
    }
}
