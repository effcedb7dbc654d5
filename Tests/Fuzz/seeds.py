#!/usr/bin/env python3
# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Writes inputs to begin with: a folder a target, from the test vectors, the fixtures and a few of its own."""

import base64
import gzip
import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "jBamsb26eh8JtXVTGY3e6eAShR0z_lEL3YQiwUvOI3s",
    "y": "MlkmdOm3yhnPmz9xDiiSrljS1Lz6K1yfSXNwX8biUhI",
    "kid": "key-1",
    "alg": "ES256",
    "use": "sig",
    "okta:kpr": "SOFTWARE",
}
CHALLENGE = {
    "iss": "https://id.example.com",
    "aud": "https://id.example.com",
    "iat": 1,
    "nbf": 1,
    "exp": 301,
    "jti": "j",
    "nonce": "n",
    "transactionId": "ft1",
    "orgId": "00o1",
    "userId": "00u1",
    "verificationUri": "https://id.example.com/idp/authenticators/aut1/transactions/ft1/verify",
    "method": "signed_nonce",
    "keyTypes": ["proofOfPossession"],
    "userVerification": "NONE",
    "userMediation": "NONE",
    "signals": ["platform", "osName"],
    "signalProviders": [{"name": "p"}],
    "loginHint": "alice",
    "appInstanceName": "App",
    "allowedOrigins": ["https://id.example.com"],
    "bindings": ["LOOPBACK"],
    "keyProtection": "ANY",
    "devicePostureChecks": [{"variableName": "v", "query": "SELECT 1;"}],
}
READINGS = {
    "osName": {"state": "known", "value": "debian", "source": "/etc/os-release", "collectedAt": 1, "privilege": "user"},
    "secureBoot": {
        "state": "unknown",
        "reason": "no",
        "source": "s",
        "collectedAt": 1,
        "privilege": "root",
        "evidence": ["e"],
    },
    "model": {"state": "notApplicable", "reason": "r", "source": "s", "collectedAt": 1, "privilege": "user"},
}
RESPONSE = {
    "iss": "enr1",
    "aud": "https://id.example.com",
    "sub": "00u1",
    "iat": 1000,
    "nbf": 700,
    "exp": 1300,
    "jti": "j",
    "tx": "ft1",
    "nonce": "n",
    "challengeHash": "h",
    "amr": [],
    "methodEnrollmentId": "m",
    "keyType": "proofOfPossession",
    "deviceSignals": {"id": "d", "clientInstanceId": "c", "osName": "debian", "readings": READINGS},
    "challengeResponseContext": {
        "userConsent": "NONE",
        "originHeader": "https://id.example.com",
        "transactionType": "LOGIN",
        "bindingType": "LOOPBACK",
    },
    "integrations": None,
    "signalProviders": [
        {"name": "p", "configuration": {"type": "FILE", "format": "JSON"}, "signal": "e30=", "timeCollected": 1},
        {"name": "q", "error": "bm8="},
    ],
    "devicePostureChecks": [
        {"variableName": "v", "state": "known", "value": "1", "source": "signals"},
        {"variableName": "w", "state": "unknown", "reason": "why", "source": "signals"},
        {"variableName": "x", "state": "timedOut", "source": "/usr/bin/osqueryi"},
    ],
}
KEY_SET = {
    "iss": "https://id.example.com",
    "orgId": "00o1",
    "seq": 2,
    "iat": 1,
    "keys": [KEY],
    "allowedOrigins": ["https://id.example.com"],
}
ENROLLMENT = {
    "authenticatorId": "aut1",
    "requestId": "r",
    "device": {
        "displayName": "laptop",
        "platform": "LINUX",
        "osVersion": "12",
        "manufacturer": "m",
        "model": "m",
        "clientInstanceVersion": "1",
        "clientInstanceKey": KEY,
    },
    "methods": {"signed_nonce": {"keys": {"proofOfPossession": KEY, "userVerification": KEY}}},
}
ENROLLED = {
    "id": "enr1",
    "user": {"id": "00u1", "username": "alice"},
    "device": {"id": "d", "clientInstanceId": "c"},
    "methods": {"signed_nonce": {"id": "m"}},
}
ADDED_KEY = {
    "requestId": "0123456789abcdef",
    "update": "e30.e30.AA",
    "keyType": "userVerification",
    "key": KEY,
    "attestations": {
        "challenge": "AAAAAAAAAAAAAAAAAAAAAA",
        "userVerification": {"format": "piv-certificate", "parts": {"signature": "AA"}, "x5c": ["AA=="]},
    },
}
KEYS = {
    "keys": [
        {"id": "pop", "keyType": "proofOfPossession", "createdAt": 1780000000},
        {"id": "uv", "keyType": "userVerification", "createdAt": 1790000000},
    ]
}
CONFIGURATION = {
    "authenticatorId": "aut1",
    "orgId": "00o1",
    "name": "Example",
    "key": "countersign",
    "issuer": "https://id.example.com",
    "settings": {"userVerification": "none", "oauthClientId": "countersign-agent"},
    "appAuthenticatorEnrollEndpoint": "https://id.example.com/idp/myaccount/app-authenticators",
    "pinnedKeySet": {"sequence": 1, "keys": [KEY], "allowedOrigins": ["https://id.example.com"]},
}


def encode(value):
    """base64url of JSON."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jws(claims, kind):
    """A compact JWS of nobody."""
    header = encode({"alg": "ES256", "typ": kind, "kid": "key-1"})
    return f"{header}.{encode(claims)}.{base64.urlsafe_b64encode(bytes(range(64))).rstrip(b'=').decode()}"


def wire():
    """Inputs for what comes over the network."""
    vectors = json.loads((TESTS / "WireProtocolTests/Vectors/jws.json").read_text())
    bind = "okta-devicebind+jwt"
    rsa = next(vector["jwk"] for vector in vectors if vector["jwk"]["kty"] == "RSA")
    yield "jws", [vector["jws"] for vector in vectors] + [jws(KEY_SET, "countersign-keyset+jwt")]
    yield "challenge", [jws(CHALLENGE, bind)]
    yield "response", [jws(RESPONSE, bind)]
    yield "base64url", ["", "AA", "AAA", "AAAA", "_-8", vectors[0]["jws"].split(".")[2]]
    yield "jwk", [json.dumps(KEY), json.dumps(rsa)] + [json.dumps(vector["jwk"]) for vector in vectors]
    yield "challenge-claims", [json.dumps(CHALLENGE)]
    yield "response-claims", [json.dumps(RESPONSE)]
    yield "key-set-claims", [json.dumps(KEY_SET)]
    yield "enrollment-request", [json.dumps(ENROLLMENT)]
    yield "enrollment-response", [json.dumps(ENROLLED)]
    yield "add-key-request", [json.dumps(ADDED_KEY)]
    yield "enrolled-key-list", [json.dumps(KEYS)]
    yield "configuration", [json.dumps(CONFIGURATION)]
    link = "countersign:/deviceChallenge?challengeRequest=" + vectors[0]["jws"]
    yield "challenge-uri", [link, link + "&login_hint=alice", "countersign:/deviceChallenge?challengeRequest=a.b.c"]
    yield "challenge-request", [json.dumps({"challengeRequest": vectors[0]["jws"]})]
    yield (
        "error-envelope",
        [
            json.dumps(
                {
                    "errorCode": "E0000003",
                    "errorSummary": "s",
                    "errorLink": "E0000003",
                    "errorId": "i",
                    "errorCauses": [{"errorSummary": "c"}],
                }
            )
        ],
    )
    yield "posture", [json.dumps(READINGS)]
    yield "trace-parent", ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]
    yield (
        "origin",
        [
            "https://id.example.com",
            "http://localhost:8080",
            "http://[::1]:61711/challenge?x#y",
            "https://EXAMPLE.com:443",
            "http://user@host/",
        ],
    )
    yield "signature", [bytes(range(64)), bytes(64), b"\xff" * 64]
    yield "version", ["12", "22.04", "1.2.3.4.5.6.7.8", "12.0", "0012"]


def management():
    """Inputs for what comes to the management API."""
    yield (
        "filter",
        [
            'eventType eq "user.session.start" and (outcome.result ne "SUCCESS" or not (actor.id pr))',
            'published ge "2026-11-26T07:15:00.000Z" and a.b lt -1.5e3 or c sw "\\u0041\\n"',
            "a eq true or b eq null",
        ],
    )
    yield "page-cursor", ["7573657273203030753161", "6c6f677320303030303030"]
    yield (
        "network-places",
        [
            "network,latitude,longitude\n192.0.2.0/24,54.3,10.1\n2001:db8::/32,-1,2.5\n",
            'longitude\tx\tnetwork\tlatitude\r\n1\t"a""b"\t0.0.0.0/0\t2\r\n',
        ],
    )
    yield (
        "csv",
        [
            "login,email,groups\r\nalice,alice@example.com,Staff;Night\r\n",
            '\ufefflogin,displayName\nbob,"O""Hara, ""Bob""\n"\n',
            'a\n\n""\n',
        ],
    )
    yield (
        "scim-filter",
        [
            'userName eq "alice" and active eq true',
            'urn:u:name.givenName sw "a" or not (emails.type eq "home")',
            'emails co "a" and urn:e:d pr',
        ],
    )
    yield (
        "scim-patch",
        [
            json.dumps({"Operations": [operation]})
            for operation in [
                {"op": "Replace", "path": "active", "value": "False"},
                {"op": "add", "path": 'emails[type eq "other"].value', "value": "c"},
                {"op": "remove", "path": 'emails[value eq "a" and type eq "work"]'},
                {"op": "remove", "path": "emails", "value": [{"value": "b"}]},
                {"op": "replace", "value": {"name.givenName": "B", "urn:e:d": "y", "emails": ["z"]}},
                {"op": "add", "path": "urn:e", "value": {"D": "z"}},
                {"op": "replace", "path": "emails.primary", "value": True},
            ]
        ],
    )
    yield "instant", ["2026-11-26T07:15:00.000Z", "2000-02-29", "0001-01-01T00:00:00+23:59"]


MOUNTS = """\
22 1 253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw,errors=remount-ro
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 8:1 /sub /mnt/a\\040b rw - btrfs /dev/sda1 rw,subvolid=5
25 22 0:50 / /merged rw - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w
"""
POOL = """\
  pool: rpool
 state: DEGRADED
config:

\tNAME  STATE  READ WRITE CKSUM
\trpool  DEGRADED  0 0 0
\t  mirror-0  DEGRADED  0 0 0
\t    /dev/mapper/luks-a  ONLINE  0 0 0
\t    1234567890  UNAVAIL  0 0 0  was /dev/sdb1
\tlogs
\t  /dev/sdc1  ONLINE  0 0 0
\tspares
\t  /dev/sdd  AVAIL

errors: No known data errors
"""
XFCONF = """\
<?xml version="1.1" encoding="UTF-8"?>
<!-- a comment -->
<channel name="xfce4-screensaver" version="1.0">
  <property name="saver" type="empty"><property name="enabled" type="bool" value="true"/></property>
  <property name="lock" type="empty" locked="*"><property name="enabled" type="bool" value='false'/></property>
</channel>
"""
TIMERS = "00000000:00000000 00:00000000 00000000"
SOCKET = f"   0: 0100007F:F10F 0100007F:C350 01 {TIMERS}  1000        0 12345 1 0000000000000000 20 4 0 10 -1"
LOOPBACK6 = "00000000000000000000000001000000"
SOCKET6 = f"   1: {LOOPBACK6}:F10F {LOOPBACK6}:C350 01 {TIMERS}  1000        0 12345 1"


def firmware():
    """What firmware and kernel say of themselves."""
    yield "efi-variable", [b"\x06\0\0\0" + "systemd-boot 257\0".encode("utf-16-le")]
    yield "pcr", ["A5" * 32 + "\n", "00" * 20]
    yield "firmware-date", ["07/31/2025\n", "1/2/98"]
    yield "host-security-id", ["HSI:2! (v2.0.20)", "HSI:INVALID:chassis[server] (v2)", "HSI:1+UA!"]
    yield "cpu-vulnerability", ["Mitigation: PTI\n", "KVM: Vulnerable", "Not affected", "Unknown: x"]
    yield "unix-group", ["root:x:0:\ntss:x:112:alice,bob\n"]
    yield "lockdown", ["none [integrity] confidentiality\n"]
    yield "security-modules", ["lockdown,capability,yama,apparmor"]
    yield "apparmor-profiles", ["/usr/bin/man (enforce)\nx (complain)\n", "3-CONFIG={ mode=enforcing }\n"]
    yield "selinux-config", ["# c\nSELINUX=enforcing\nSELINUXTYPE=targeted\n"]
    yield "taint", ["12289\n", "18446744073709551615"]
    yield "kernel-setting", ["2\n", "-1"]
    yield "kernel-command-line", ['quiet ima-policy="tcb|appraise_tcb" ima_appraise=log -- x=1\n']
    yield "ima-policy", ["# c\nmeasure func=BPRM_CHECK\nappraise fowner=0\ndont_measure x\n"]
    yield "mount-options", [MOUNTS]


def documents(name):
    """Documents of device assurance from the vectors."""
    path = TESTS / "DeviceAssuranceTests/Vectors/documents" / f"{name}.json"
    return [json.dumps(value) for value in json.loads(path.read_text())]


def device():
    """Inputs for what the device's files and programs say."""
    policy = (TESTS / "DeviceAssuranceTests/Policies/laptops.json").read_text()
    yield (
        "assurance-policy",
        [
            policy,
            '{"name":"p","platform":"LINUX","osVersion":{"minimum":"12"},'
            '"gracePeriod":{"type":"BY_DATE_TIME","expiry":"2026-01-01T00:00:00Z"}}',
            *documents("valid-policies"),
        ],
    )
    yield "posture-check", documents("valid-checks")
    yield "release-feed", [(TESTS / "DeviceAssuranceTests/Vectors/feed.json").read_text()]
    yield (
        "remediation-texts",
        [
            '{"helpURL":"https://help.example.com/","texts":{"device.assurance.custom.remediation.LINUX.Okta:'
            'DeviceAssurance.Firewall":{"message":"Call {0}","links":[{"url":"https://x.example/","label":"x"}]}}}'
        ],
    )
    yield (
        "os-release",
        ['ID=debian\nVERSION_ID="12"\n', "NAME='a b'\nID=\"x\\$y\" # c\n\nVERSION_ID=22.04;\n", "12.9\n"],
    )
    yield "mountinfo", [MOUNTS]
    yield (
        "swaps",
        ["Filename\tType\tSize\tUsed\tPriority\n/dev/dm-1 partition 1 0 -2\n/swap\\040file (deleted) file 1 0 -3\n"],
    )
    yield "zfs-datasets", ["rpool/ROOT/debian\taes-256-gcm\nbpool\toff\n"]
    yield "zfs-pools", [POOL]
    yield (
        "module-rules",
        [
            "install usb-storage \\\n /bin/true\nblacklist uas # c\n",
            "quiet module_blacklist=a,usb-storage modprobe.blacklist=uas\n",
        ],
    )
    yield "bcachefs-option", ["1", "none [chacha20_poly1305]", "[none] x"]
    yield "resume-argument", ["quiet resume=UUID=12-ab resume_offset=7\n", "PARTLABEL=swap /dev/sda3 8:3"]
    yield "device-mapper-uuid", ["CRYPT-LUKS2-0123-root", "LVM-abc", "part1-mpath-x", "CRYPT-VERITY-1-x"]
    yield "firmware-text", ["LENOVO\n", "To Be Filled By O.E.M.", " \0"]
    yield "custom-check-query", [
        "SELECT platform FROM os_version;",
        "WITH v AS (SELECT path, encryption FROM volumes) SELECT count(path) = 1 FROM v WHERE encryption LIKE 'LUKS%';",
        "SELECT CASE WHEN major >= 12 THEN 1 ELSE 0 END FROM os_version JOIN volumes ON path = '/' ORDER BY 1 LIMIT 1;",
        "SELECT replace(group_concat(path, ','), '/', char(65)) || strftime('%Y', 'now') FROM volumes GROUP BY path;",
    ]
    yield "agent-configuration", [
        'locked = ["organizations", "log.level"]\n[[organizations]]\naddress = "https://id.example.com"\n'
        'name = "Example"\nuser = "%u@example.com"\nproof = "code"\nkey = "tpm"\nuser_verification = "pin"\n',
        '[loopback]\nports = [5000, 5001]\n[pinentry]\nprogram = "/usr/bin/pinentry"\n[log]\nlevel = "debug"\n'
        '[network]\nauthorities = "/etc/ssl/ca.pem"\n',
        '[custom_checks]\norganizations = ["https://id.example.com"]\ntimeout_millis = 2000\n'
        'osquery = { program = "/usr/bin/osqueryi", tables = ["os_version"] }\n',
        'name = """\n[x]\n"""\r\n# a comment\n',
    ]
    yield "osquery-output", ['[{"a": "1"}]', '[{"a": ""}, {"a": "2"}]']
    yield "helper-request", [b"1tb\n", b"1bZ\n", b"2b\n"]
    yield "helper-answer", [
        json.dumps(answer, separators=(",", ":")).encode() + b"\n"
        for answer in ({"version": 1, "readings": READINGS}, {"version": 1, "refused": "tooOften"})
    ]
    yield "secure-boot", [b"\x06\0\0\0\x01", b"\x06\0\0\0\0"]
    yield from firmware()
    yield "kconfig", ["[$i]\n[Daemon][$i]\nAutolock[$i]=true\nTimeout=5\n\0[Daemon]\nAutolock=false\nLockGrace[$d]=\n"]
    yield "xfconf", [XFCONF]
    yield (
        "gsettings",
        ["org.gnome.desktop.screensaver lock-enabled true\norg.gnome.desktop.session idle-delay uint32 300\n"],
    )
    yield (
        "swayidle",
        ["timeout 300 'swaylock -f' resume 'x'\nlock \"swaylock\"\n# c\nbefore-sleep loginctl\\ lock-session\n"],
    )
    yield (
        "hypridle",
        [
            "general {\n lock_cmd = pidof hyprlock || hyprlock # c\n}\n"
            "listener {\n timeout = 300\n on-timeout = loginctl lock-session\n}\n"
        ],
    )
    yield "socket-table", [SOCKET, SOCKET6]
    yield "assuan", ["a%25b%0A", "100%", "\u00e9\r\n"]


PACKAGE = "Package: a\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 1:2.3-5\nDescription: x\n y\n\n"
RELEASE = (
    "Hash: SHA256\n\nOrigin: Debian\nLabel: Debian-Security\nSuite: stable-security\nCodename: bookworm-security\n"
    "Date: Mon, 21 Sep 2026 02:11:09 UTC\nValid-Until: Mon, 28 Sep 2026 02:11:09 UTC\n"
    "SHA256:\n 00 12 main/binary-amd64/Packages\n"
)


def operating_system():
    """Inputs for what package managers, kernels and firmware leave."""
    yield "dpkg-status", [PACKAGE, PACKAGE + PACKAGE.replace("amd64", "all")]
    yield "apt-list", [PACKAGE]
    yield "apt-release", [RELEASE, RELEASE + "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"]
    yield (
        "apt-conf",
        [
            'APT::Periodic::Enable "1";\nAPT { Periodic { Unattended-Upgrade "1"; }; };\n',
            '#clear A;\n// c\n/* d */\nL { "a"; };\n',
        ],
    )
    yield "package-version", ["1:2.3-4\0" + "1:2.3~rc1-4", "1.0+b1\0" + "1.0"]
    yield (
        "kernel-release",
        ["6.1.0-27-amd64\n6.1.0-9-cloud-amd64\n", "7.0.4-301.fc44.x86_64+debug\n6.12.0-rc3-1-mainline\n"],
    )
    yield "distro-info", [(TESTS / "DevicePostureTests/Fixtures/distro-info/ubuntu.csv").read_text()]
    yield "ubuntu-pro", ['{"attached": true, "services": [{"name": "esm-infra", "status": "enabled"}]}']
    yield "civil-date", ["2028-02-29"]
    yield "boot-entry", ["title a\nversion 2\noptions root=x ostree=/ostree/boot.1/a/b/0 rw\n"]
    yield "ini-settings", ["# c\n[commands]\napply_updates = yes\n"]
    yield (
        "rpm-updates",
        [
            '[{"name":"F","type":"security","nevra":"a-1:2-3.x86_64"}]',
            "Last metadata expiration check: x\nRHSA-1 Low/Sec. a-1:2-3.x86_64\n",
            '<stream><update-list><update name="a" status="needed" category="security"></update>'
            "</update-list></stream>",
        ],
    )
    yield "machine-id", ["0123456789abcdef0123456789abcdef", "4c4c4544-0042-3510-8057-b4c04f4d4e33\n"]

def network():
    """Inputs for what kernel, services and package managers say of network and software."""
    rulesets = TESTS / "DevicePostureTests/Fixtures/nftables"
    rules = [
        [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "new"]}}, {"accept": None}],
        [{"vmap": {"key": {"meta": {"key": "iifname"}}, "data": "@zones"}}],
        [{"limit": {"rate": 5, "per": "second", "inv": True}}, {"jump": {"target": "i"}}],
        [
            {
                "match": {
                    "op": "==",
                    "left": {"payload": {"protocol": "tcp", "field": "dport"}},
                    "right": {"set": [22, {"range": [1, 65535]}]},
                }
            },
            {"xt": {"type": "target", "name": "REJECT"}},
        ],
    ]
    objects = [
        {"metainfo": {"json_schema_version": 1}},
        {"table": {"family": "inet", "name": "f", "flags": ["owner"]}},
        {"map": {"family": "inet", "table": "f", "name": "zones", "elem": [["eth0", {"goto": {"target": "i"}}]]}},
        {
            "chain": {
                "family": "inet", "table": "f", "name": "i", "type": "filter", "hook": "input", "policy": "drop",
            }
        },
        *({"rule": {"family": "inet", "table": "f", "chain": "i", "expr": rule}} for rule in rules),
    ]
    yield "nftables", [json.dumps({"nftables": objects}), (rulesets / "firewalld-trusted.json").read_bytes()[:8000]]
    yield (
        "firewall-files",
        ['ENABLED=yes\nDEFAULT_INPUT_POLICY="DROP"\n', '<!-- <zone> --><zone target="ACCEPT">', "public"],
    )
    head = "  sl  local_address rem_address   st tx_queue\n"
    yield (
        "listening-sockets",
        [f"{head}   0: 00000000:0016 00000000:0000 0A 0\n", f"{head}   0: {LOOPBACK6}:14E9 {LOOPBACK6}:0000 07 0\n"],
    )
    yield (
        "sshd-config",
        ["PermitRootLogin no # c\nInclude a/*.conf\nMatch User \"a b\"\nX11Forwarding=yes\nMatch all\nPort 22\n"],
    )
    yield (
        "package-versions",
        [
            "Package: firefox\nStatus: install ok installed\nVersion: 1:128.0-2\n\n",
            "firefox 138.0\nrpm 4.20\n",
            "firefox-1:138.0-1",
            "version: '137.0-1'\n",
            '<release version="1.2"/>',
        ],
    )
    yield (
        "browser-policies",
        [
            '{"LoopbackNetworkAllowedForUrls": ["https://[*.]example.com:8443", "*"]}',
            '{"policies": {"LocalNetworkAccess": {"Enabled": true, "SkipDomains": ["*.example.com"]}}}',
        ],
    )
    yield "web-origin", ["https://id.example.com:8443", "http://[::1]:9/", "*://[*.]example.com:*"]
    yield (
        "product-health",
        [
            '{"healthy": true, "licensed": true, "realTimeProtectionEnabled": {"value": true},'
            ' "definitionsStatus": {"$type": "upToDate"}}',
            "ClamAV-VDB:22 Nov 2026 03-25 -0500:26789:1:90:a:b:c:1780000000".ljust(512),
        ],
    )
    yield "provider-manifest", ['{"name": "edr", "type": "FILE", "location": "/var/lib/x.json", "format": "JSON"}']


def tpm():
    """Inputs for what is kept of a TPM's key and what is stored in a TPM."""

    def sized(content):
        return len(content).to_bytes(2, "big") + content

    def area(attributes):
        head = "0023000b" + attributes + "0000" + "0010" + "0018000b" + "0003" + "0010"
        return bytes.fromhex(head) + sized(bytes(range(32))) + sized(bytes(range(32)))

    def record(attributes, salt, version=1):
        return b"CSTK" + bytes([version]) + b"".join(map(sized, [bytes(34), area(attributes), bytes(126), salt]))

    certificate = b"\x30\x82\x01\x2c" + bytes(300)
    yield "tpm-key", [record("00040472", b""), record("00040072", bytes(16)), record("00040072", bytes(16), 3)]
    yield "tpm-public-area", [area("00040472"), area("00050472")]
    yield "tpm-certificates", [certificate * 2 + b"\xff\xff"]
    yield "tpm-sealed-credential", [sized(bytes(66)), sized(bytes(66)) + sized(bytes(66))]


def attestation():
    """Inputs for what hardware says of keys."""

    def vectors(path):
        return json.loads((TESTS / path).read_text())["vectors"]

    def decode(text):
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    fido2 = vectors("KeyAttestationsTests/Vectors/fido2.json")[:12]
    cards = vectors("KeyAttestationsTests/Vectors/piv-certificate.json")
    yubikeys = vectors("KeyAttestationsTests/Vectors/yubikey-piv.json")[:10]
    tpms = vectors("KeyAttestationsTests/Vectors/tpm.json")
    blobs = vectors("KeyAttestationsTests/Vectors/metadata.json")
    assertions = vectors("WebAuthnTests/Vectors/assertions.json")
    objects = [decode(vector["parts"]["attestationObject"]) for vector in fido2]
    yield "attestation-object", objects
    yield "cbor", [*objects, b"\xa1\x61a\x01", b"\x83\x01\x20\xf6"]
    yield "authenticator-data", [decode(vector["authenticatorData"]) for vector in assertions[:8]]
    yield "client-data", [decode(vector["clientDataJSON"]) for vector in assertions[:3]]
    members = ("authenticatorData", "clientDataJSON", "signature")
    yield "assertion", [json.dumps({name: vector[name] for name in members}) for vector in assertions]
    yield "mds-blob", [vector["blob"] for vector in blobs[:4]]
    yield "mds-payload", [decode(vector["blob"].split(".")[1]) for vector in blobs if vector["blob"].count(".") == 2]
    parts = ("publicArea", "certifyInfo", "signature", "attestationKey")
    yield "tpm-structures", [decode(tpm["parts"][name]) for tpm in tpms[:6] for name in parts]
    endorsements = [text for tpm in tpms[:7] for text in tpm["identity"]["endorsementCertificates"]]
    others = [text for vector in yubikeys + cards[:3] for text in vector["x5c"]]
    yield "x509", [base64.b64decode(text) for text in endorsements + others]
    yield "x509-extensions", [
        b"\x30\x10\xa4\x0e\x30\x0c\x31\x0a\x30\x08\x06\x04\x67\x81\x05\x02\x0c\x00",
        b"\x02\x04\x01\x02\x03\x04",
    ]
    lists = [base64.b64decode(text) for vector in cards for text in vector["crls"]]
    yield "revocation", lists[:8] + [decode(vector["parts"]["ocsp"]) for vector in cards if "ocsp" in vector["parts"]]
    yield (
        "attestation-statement",
        [json.dumps({name: vector[name] for name in ("format", "parts", "x5c")}) for vector in fido2 + yubikeys],
    )
    identity = {key: value for key, value in tpms[0]["identity"].items()}
    yield "attestation-request", [json.dumps({"requestId": "r", "tpm": identity}), '{"requestId":"r"}']
    sealed = {"credentialBlob": "AAAA", "encryptedSecret": "AAAA"}
    yield "attestation-challenge", [json.dumps({"challenge": "A" * 43, "tpm": sealed})]


def write(directory, target, inputs):
    """Writes a target's folder."""
    folder = directory / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(inputs):
        (folder / str(number)).write_bytes(content if isinstance(content, bytes) else content.encode())


def card():
    """Inputs for what smart cards and their readers say."""
    point = "86410458e0cf" + "11" * 61
    metadata = bytes.fromhex("010111020202010301010443" + point[:4] + point[4:])
    compressed = gzip.compress(bytes(range(200)))
    yield "card-objects", [bytes.fromhex("7c0482008100"), bytes.fromhex("5381820102"), bytes.fromhex("5fc1020101")]
    yield (
        "card-certificate",
        [bytes.fromhex("70020102710100fe00"), b"\x70" + bytes([len(compressed)]) + compressed + b"\x71\x01\x01"],
    )
    yield "card-metadata", [metadata, bytes.fromhex("0101ff050101060203 03".replace(" ", ""))]
    yield "card-public-key", [bytes.fromhex("7f4943" + point), bytes.fromhex("7f49228620" + "22" * 32)]
    yield (
        "card-identity",
        [
            bytes.fromhex("3410" + "01" * 16 + "3e00fe00"),
            bytes.fromhex("4f0ba0000003080000100001005f2f024000"),
            bytes.fromhex("8003810102"),
            bytes.fromhex("880489020a0b"),
        ],
    )
    yield (
        "card-answer-to-reset",
        [bytes.fromhex("3bfd1300008131fe158073c021c057597562694b657940"), bytes.fromhex("060442330006")],
    )
    yield (
        "card-key-reference",
        [
            '{"algorithm":"P-256","pin":"once","serial":1,"slot":"9a","touch":"cached","v":1}',
            '{"algorithm":"RSA-2048","guid":"' + "00" * 16 + '","pin":"standard","slot":"9e","touch":"never","v":1}',
        ],
    )
    # Each answer behind its length; a 0 for "done, nothing to say".
    yield "card-session", [bytes(20), bytes.fromhex("00 06 00bc614e9000 05 050701 9000 026a82 0263c3".replace(" ", ""))]


def access_policy():
    """Inputs for access policies, and for the requests that they are asked about."""
    vectors = TESTS / "AccessPolicyTests/Vectors"
    conditions = json.loads((vectors / "semantics/conditions.json").read_text("utf-8"))
    methods = json.loads((vectors / "semantics/verification.json").read_text("utf-8"))
    rules = [
        json.dumps({"name": "r", "conditions": vector["conditions"], "actions": {"appSignOn": {"access": "ALLOW"}}})
        for vector in conditions
    ]
    rules += [
        json.dumps({"name": "r", "actions": {"appSignOn": {"access": "ALLOW", "verificationMethod": vector["method"]}}})
        for vector in methods
    ]
    documents = [path.read_text("utf-8") for path in sorted(vectors.glob("seed/*.json"))]
    documents.append((vectors / "semantics/zones.json").read_text("utf-8"))
    yield "access-policy", [text.encode() for text in documents + rules]
    yield "access-request", [json.dumps(vector["request"]).encode() for vector in conditions]
    yield "ip-address", ["192.0.2.0/24", "2001:db8::/32", "::ffff:192.0.2.1", "192.0.2.1-192.0.2.9", "1:2:3:4:5:6:7::"]


def expression():
    """Expressions from their vectors, formats of times with a time each."""
    vectors = json.loads((TESTS / "ExpressionLanguageTests/Vectors/expressions.json").read_text("utf-8"))
    yield "expression", [expression.encode() for _, expression, _ in vectors["vectors"]]
    yield "time-pattern", [
        b"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\n2026-09-05T08:30:15.250+02:00",
        b"EEE, d MMM yyyy h:mm a Z\nSat, 5 Sep 2026 8:30 PM -0500",
        b"uuuu/M/d H:m:s VV\n2026/9/5 8:30:15 Europe/Berlin",
    ]


def main():
    """Writes all folders below the one of the command line."""
    directory = pathlib.Path(sys.argv[1])
    groups = [wire, device, operating_system, network, card, tpm, attestation, expression, access_policy, management]
    for target, inputs in [pair for group in groups for pair in group()]:
        write(directory, target, inputs)


if __name__ == "__main__":
    main()
