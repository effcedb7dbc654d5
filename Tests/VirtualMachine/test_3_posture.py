# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What the installed agent says of the machine, against what is really there."""

import contextlib
import json

import pytest
from signals import read, told

HELPER = "countersign-posture-helper"
# What stands for "it could not be read".
UNKNOWN = "unknown"
# What stands for "it has no meaning here".
NOT_APPLICABLE = "notApplicable"

# Told with a person's own rights, whether or not there is a helper.
WITHOUT_RIGHTS = {
    "platform": "LINUX",
    "osName": "debian",
    "osCodename": "bookworm",
    "virtualization": "qemu",
    "containerType": "none",
    "rebootPending": False,
    # Its lists were never fetched, so nobody knows.
    "securityUpdatesPending": UNKNOWN,
    "automaticUpdates": False,
    # It has no time server, and no network to reach one.
    "timeSynchronized": False,
    "diskEncryptionType": "ALL_INTERNAL_VOLUMES",
    "volumeEncryption": ["/=LUKS2"],
    "swapEncryption": True,
    "swapSpaces": ["partition=LUKS2"],
    # Lockdown forbids it.
    "hibernation": "OFF",
    "stateFolderEncrypted": True,
    "bootEncrypted": False,
    "secureBoot": True,
    "kernelLockdown": "integrity",
    "secureHardwarePresent": True,
    "tpmVersion": "2.0",
    # alice is not in the group that may.
    "tpmUsable": False,
    "measuredBoot": True,
    # Nobody has a desktop here.
    "screenLockType": NOT_APPLICABLE,
    "screenLockTimeout": NOT_APPLICABLE,
    "screenLockEnforced": NOT_APPLICABLE,
    "fingerprintEnrolled": NOT_APPLICABLE,
    "accountHasPassword": True,
    "autoLogin": False,
}

# Told by root alone: without the helper nobody knows.
OF_ROOT = {"firewall": False, "administrator": False, "sudoWithoutPassword": False}


@contextlib.contextmanager
def no_helper(machine):
    """The machine as if the helper were not there."""
    machine.run(f"systemctl stop {HELPER}.socket {HELPER}.service")
    try:
        yield
    finally:
        machine.run(f"systemctl start {HELPER}.socket")


@pytest.fixture(scope="module")
def readings(machine, artefacts):
    """What alice's agent says, with the helper and without."""

    with no_helper(machine):
        without = read(machine, artefacts, "without helper", helper=False)
    return {"without": without, "with": read(machine, artefacts, "with helper")}


@pytest.mark.parametrize("helper", ["without", "with"])
@pytest.mark.parametrize("signal", WITHOUT_RIGHTS)
def test_what_a_person_may_read(readings, signal, helper):
    reading = readings[helper][signal]
    assert told(reading) == WITHOUT_RIGHTS[signal], reading


@pytest.mark.parametrize("signal", OF_ROOT)
def test_what_root_alone_may_read(readings, signal):
    before, after = readings["without"][signal], readings["with"][signal]
    assert before["state"] == UNKNOWN and "needs the posture helper" in before["reason"], before
    assert told(after) == OF_ROOT[signal] and after["privilege"] == "root", after


def test_the_profile_of_the_service_costs_no_signal(machine, artefacts, refusals):
    """The service answers challenges under its AppArmor profile, and reads there what a person's command reads."""
    program = "aa-exec --profile countersign-agent -- /usr/bin/countersign-agent"
    with refusals.expected() as refused:
        confined = read(machine, artefacts, "confined", program=program)
    assert [line for line in refused if 'name="/home/alice/.ssh/"' not in line] == []
    states = {name: signal["state"] for name, signal in read(machine, artefacts, "not confined").items()}
    # The keys in ~/.ssh are what the profile is there to keep from it.
    assert confined.pop("unencryptedSSHKeys")["state"] == UNKNOWN and states.pop("unencryptedSSHKeys") != UNKNOWN
    lost = {name: signal for name, signal in confined.items() if signal["state"] != states[name]}
    assert lost == {}


def test_the_device_is_named_by_the_helper_alone(readings):
    serial, uuid = (readings["with"][name] for name in ("serialNumber", "hardwareUuid"))
    assert told(serial) == "a-serial-of-the-tests", serial
    assert told(uuid).lower() == "c0dec0de-0000-4000-8000-0000000000aa", uuid
    for name in ("serialNumber", "hardwareUuid"):
        assert readings["without"][name]["state"] == UNKNOWN


def test_who_is_in_the_tpms_group_may_use_it(machine, posture):
    machine.run("usermod --append --groups tss bob")
    assert told(posture("bob")["tpmUsable"]) is True
    assert told(posture("alice")["tpmUsable"]) is False


def test_an_administrator_is_seen(machine, posture):
    machine.run("usermod --append --groups sudo bob")
    assert told(posture("bob")["administrator"]) is True
    machine.run("echo 'bob ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/tests && chmod 0440 /etc/sudoers.d/tests")
    try:
        assert told(posture("bob")["sudoWithoutPassword"]) is True
    finally:
        machine.run("rm /etc/sudoers.d/tests && gpasswd --delete bob sudo")
    signals = posture("bob")
    assert told(signals["administrator"]) is False and told(signals["sudoWithoutPassword"]) is False


def test_the_kind_of_machine_is_what_systemd_says(machine, posture):
    assert told(posture()["virtualization"]) == machine.run("systemd-detect-virt --vm").output.strip()


# Rulesets that the kernel is given, and whether a stranger is kept out.
CLOSED = "chain input { type filter hook input priority 0; policy drop; ct state established accept; iif lo accept; }\n"
OPEN = "chain input { type filter hook input priority 0; policy accept; }\n"
RULESETS = {
    "both families closed": (f"table inet filter {{ {CLOSED} }}", True),
    "closed by two tables": (f"table ip a {{ {CLOSED} }}\ntable ip6 b {{ {CLOSED} }}", True),
    # What a peer that looks for a chain called "input" takes for a firewall.
    "a table that lets everything in": (f"table inet filter {{ {OPEN} }}", False),
    "closed for IPv4 alone": (f"table ip filter {{ {CLOSED} }}", False),
    "a chain that nothing calls": ("table inet filter { chain input { drop; }\n }", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize("rules", RULESETS)
def test_the_firewall_is_what_the_kernel_does(machine, posture, rules):
    text, closed = RULESETS[rules]
    machine.run("nft flush ruleset && nft -f -", stdin=text.encode())
    try:
        reading = posture()["firewall"]
        assert told(reading) is closed, reading
        with no_helper(machine):
            assert told(posture(helper=False)["firewall"]) == UNKNOWN
    finally:
        machine.run("nft flush ruleset")


def test_ufw_is_seen_as_it_works(machine, posture):
    assert told(posture()["firewallService"]) in ("none", "ufw=off", "firewalld=off", "nftables=off")
    machine.run("ufw --force enable && systemctl enable --now ufw", timeout=60)
    try:
        signals = posture()
        assert told(signals["firewall"]) is True, signals["firewall"]
        assert told(signals["firewallService"]) == "ufw=on", signals["firewallService"]
        with no_helper(machine):
            signals = posture(helper=False)
            assert told(signals["firewall"]) == UNKNOWN
            assert told(signals["firewallService"]) == "ufw=on"
        # What says ENABLED=yes is a file: the rules are gone.
        machine.run("nft flush ruleset")
        assert told(posture()["firewall"]) is False
    finally:
        machine.run("ufw disable && systemctl disable --now ufw && nft flush ruleset", timeout=60)


@contextlib.contextmanager
def firewalld_of_a(machine, kind):
    """firewalld with what its package lets everybody ask on a desktop, or on a server as it is installed."""
    policy = "org.fedoraproject.FirewallD1.policy"
    choose = f"update-alternatives --quiet --set {policy} /usr/share/polkit-1/actions/"
    machine.run(f"{choose}org.fedoraproject.FirewallD1.{kind}.policy.choice && systemctl restart polkit")
    try:
        yield
    finally:
        machine.run(f"update-alternatives --quiet --auto {policy} && systemctl restart polkit")


def test_firewalld_is_seen_as_it_works(machine, posture):
    machine.run("systemctl start firewalld && firewall-cmd --state", timeout=120)
    try:
        with firewalld_of_a(machine, "server"):
            signals = posture()
            assert told(signals["firewall"]) is True, signals["firewall"]
            # It tells its zones to nobody but root.
            assert told(signals["firewallService"]) == UNKNOWN, signals["firewallService"]
        with firewalld_of_a(machine, "desktop"):
            assert told(posture()["firewallService"]) == "firewalld=on"
            with no_helper(machine):
                signals = posture(helper=False)
                assert told(signals["firewallService"]) == "firewalld=on", signals["firewallService"]
                assert told(signals["firewall"]) == UNKNOWN, signals["firewall"]
            # It runs, and lets everything in.
            machine.run("firewall-cmd --quiet --set-default-zone=trusted", timeout=60)
            signals = posture()
            assert told(signals["firewall"]) is False, signals["firewall"]
            assert told(signals["firewallService"]) == "firewalld=off", signals["firewallService"]
            machine.run("firewall-cmd --quiet --set-default-zone=public", timeout=60)
    finally:
        machine.run("systemctl stop firewalld", timeout=60)
    assert told(posture()["firewall"]) is False


# MARK: disks that come and go


@contextlib.contextmanager
def disk(machine, name, *, stick):
    """Plugs a disk of 128 MB in, as a USB stick or as a drive inside; answers its device."""
    image = machine.directory / f"{name}.raw"
    with image.open("wb") as file:
        file.truncate(128 << 20)
    before = set(machine.run("lsblk --nodeps --noheadings --output NAME").output.split())
    machine.control("blockdev-add", **{"driver": "file", "node-name": name, "filename": str(image.resolve())})
    if stick:
        machine.control(
            "device_add", driver="usb-storage", id=f"{name}-device", drive=name, removable=True, bus="usb.0"
        )
    else:
        machine.control("device_add", driver="virtio-blk-pci", id=f"{name}-device", drive=name, bus="inside")
    disks = "lsblk --nodeps --noheadings --output NAME"
    machine.run(f"until [ $({disks} | wc -l) -gt {len(before)} ]; do sleep 0.3; done; udevadm settle", timeout=30)
    (new,) = set(machine.run(disks).output.split()) - before
    try:
        yield f"/dev/{new}"
    finally:
        machine.control("device_del", id=f"{name}-device")
        machine.run(f"while [ -e /dev/{new} ]; do sleep 0.3; done", timeout=30)
        machine.control("blockdev-del", **{"node-name": name})
        image.unlink()


@contextlib.contextmanager
def mounted(machine, device, place, *, encrypted):
    """Puts a file system on a device, behind LUKS or as it is, and mounts it."""
    source = device
    if encrypted:
        machine.run(
            "cryptsetup luksFormat --type luks2 --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000"
            f" --key-file - {device} && printf key | cryptsetup open --key-file - {device} extra",
            stdin=b"key",
            timeout=60,
        )
        source = "/dev/mapper/extra"
    machine.run(f"mkfs.ext4 -q {source} && mkdir -p '{place}' && mount {source} '{place}'", timeout=60)
    try:
        yield source
    finally:
        machine.run(f"umount -R '{place}'")
        if encrypted:
            machine.run("cryptsetup close extra")


def test_a_plain_stick_does_not_make_the_disks_of_the_machine_plain(machine, posture):
    with disk(machine, "stick", stick=True) as device, mounted(machine, device, "/media/alice/STICK", encrypted=False):
        assert machine.run(f"lsblk --nodeps --noheadings --output RM,TRAN {device}").output.split() == ["1", "usb"]
        signals = posture()
    assert told(signals["diskEncryptionType"]) == "ALL_INTERNAL_VOLUMES", signals["diskEncryptionType"]
    assert told(signals["volumeEncryption"]) == ["/=LUKS2"]
    assert "STICK" not in str(signals)


def test_a_plain_drive_inside_counts(machine, posture):
    with disk(machine, "drive", stick=False) as device, mounted(machine, device, "/srv/data", encrypted=False):
        signals = posture()
    assert told(signals["diskEncryptionType"]) == "SYSTEM_VOLUME", signals["diskEncryptionType"]
    assert sorted(told(signals["volumeEncryption"])) == ["/=LUKS2", "/srv/data=none"]


def test_an_encrypted_drive_inside_counts(machine, posture):
    with disk(machine, "drive", stick=False) as device, mounted(machine, device, "/srv/data", encrypted=True):
        signals = posture()
    assert told(signals["diskEncryptionType"]) == "ALL_INTERNAL_VOLUMES", signals["diskEncryptionType"]
    assert sorted(told(signals["volumeEncryption"])) == ["/=LUKS2", "/srv/data=LUKS2"]


def test_plain_swap_counts(machine, posture):
    with disk(machine, "drive", stick=False) as device:
        machine.run(f"mkswap {device} && swapon {device}")
        signals = posture()
        machine.run(f"swapoff {device}")
    assert told(signals["swapEncryption"]) is False, signals["swapEncryption"]
    assert told(signals["diskEncryptionType"]) == "SYSTEM_VOLUME", signals["diskEncryptionType"]


# A root of the agent and what it is linked with, on another disk: what lies below it is all that its processes see.
SMALL_ROOT = """
cd {place}
mkdir -p proc sys dev run tmp etc home/alice media/alice/STICK
cp --parents --dereference /usr/bin/countersign-agent /etc/passwd /etc/group /etc/os-release .
ldd /usr/bin/countersign-agent | grep -o '/[^ ]*' | xargs -I{{}} cp --parents --dereference {{}} .
chown 1000:1000 home/alice
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --bind /dev dev
"""


def test_an_encrypted_stick_does_not_make_a_plain_machine_encrypted(machine, posture):
    """The mistake of who looks for any encrypted device: the root is plain, and an encrypted stick is plugged in."""
    place = "/mnt"
    with (
        disk(machine, "drive", stick=False) as drive,
        disk(machine, "stick", stick=True) as stick,
        mounted(machine, drive, place, encrypted=False),
    ):
        machine.run(SMALL_ROOT.format(place=place), timeout=60)
        with mounted(machine, stick, f"{place}/media/alice/STICK", encrypted=True):
            assert "crypt" in machine.run("lsblk --noheadings --output TYPE").output
            shown = machine.run(
                "env -i HOME=/home/alice /usr/sbin/chroot --userspec=1000:1000"
                f" {place} /usr/bin/countersign-agent posture --json"
            )
    signals = {signal["id"]: signal for signal in json.loads(shown.output)["signals"]}
    assert told(signals["diskEncryptionType"]) == "NONE", signals["diskEncryptionType"]
    assert told(signals["volumeEncryption"]) == ["/=none"]
