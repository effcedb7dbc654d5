# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Conditions of `platform: LINUX`: each fails, is shown, is mended on the machine, checked again, and lets in."""

import json
import os
import shutil
import subprocess
import time
from email.utils import formatdate
from pathlib import Path

import pytest
from harness import firmware_service, signin_page
from harness.isolation import mount_tmpfs, needs_root, unmount
from harness.processes import wait_until
from test_policies import DESKTOP_OF_KDE, GRACE, SILENT, folder, lock_screen

EFI = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
RELEASE = "ID={name}\nVERSION_ID={version}\nPRETTY_NAME=Test\n"


class Machine:
    """This machine with folders of its system that a test may change; nobody else sees the changes."""

    def __init__(self, place):
        self._place = place
        self._mounts = []
        self._processes = []
        self.firmware = None
        for path in ("/etc", "/opt"):
            upper = place / "overlay" / path.strip("/")
            for name in ("upper", "work"):
                (upper / name).mkdir(parents=True)
            options = f"lowerdir={path},upperdir={upper / 'upper'},workdir={upper / 'work'}"
            self._mount(path, lambda path=path, options=options: subprocess.run(
                ["mount", "-t", "overlay", "overlay", "-o", options, path], check=True))  # fmt: skip
        classes = {entry.name: entry.resolve() for entry in Path("/sys/class").iterdir()}
        for path in ("/sys/kernel/security", "/sys/firmware", "/sys/class"):
            self._mount(path, lambda path=path: mount_tmpfs(path))
        for name, target in classes.items():
            # What the machine has stays: links lead to folders that are not hidden.
            if not str(target).startswith("/sys/class"):
                Path("/sys/class", name).symlink_to(target)
        self.release("testlinux", "1")

    def _mount(self, path, mount):
        mount()
        self._mounts.append(path)

    def cover(self, path):
        """Shows an empty folder in the place of one of the system's."""
        self._mount(path, lambda: mount_tmpfs(path))

    def write(self, path, content):
        """Writes a file of the system."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def release(self, name, version):
        """Says which distribution it is."""
        self.write("/etc/os-release", RELEASE.format(name=name, version=version))

    def run(self, path, name):
        """Installs a program and runs it under its name, as far as a list of processes tells."""
        self.write(path, "#!/bin/sh\n")
        program = self._place / name
        shutil.copy(shutil.which("sleep"), program)
        self._processes.append(subprocess.Popen([program, "600"]))

    def close(self):
        """Ends and unmounts what there is."""
        for process in self._processes:
            process.kill()
            process.wait()
        for path in reversed(self._mounts):
            unmount(path)
        if self.firmware:
            self.firmware.stop()
        subprocess.run(["nft", "flush", "ruleset"], check=False)


@pytest.fixture
def machine(place):
    """A machine that a test may change."""
    made = Machine(place)
    yield made
    made.close()


def secure_boot(machine, is_on):
    """Sets what the firmware tells."""
    folder_of_variables = "/sys/firmware/efi/efivars"
    machine.write(f"{folder_of_variables}/SecureBoot-{EFI}", bytes([6, 0, 0, 0, int(is_on)]))
    machine.write(f"{folder_of_variables}/SetupMode-{EFI}", bytes([6, 0, 0, 0, 0]))


def lockdown(machine, mode):
    """Sets how far the kernel is locked down."""
    words = " ".join(f"[{word}]" if word == mode else word for word in ("none", "integrity", "confidentiality"))
    machine.write("/sys/kernel/security/lockdown", words + "\n")


def tomoyo(machine, mode):
    """Has one security module, in a mode."""
    machine.write("/sys/kernel/security/lsm", "lockdown,tomoyo")
    machine.write("/sys/kernel/security/tomoyo/profile", f"0-CONFIG={{ mode={mode} grant_log=no }}\n")


def automatic_login(machine, is_on):
    """Has a console log somebody in, on systems with systemd and without."""
    option = "--autologin root " if is_on else ""
    machine.write("/etc/inittab", f"1:2345:respawn:/sbin/agetty {option}tty1 linux\n")
    drop_in = f"[Service]\nExecStart=\nExecStart=-/sbin/agetty {option}%I linux\n"
    machine.write("/etc/systemd/system/getty@tty1.service.d/autologin.conf", drop_in)


def automatic_updates(machine, is_on):
    """Has updates installed by a timer, or not."""
    machine.release("opensuse-leap", "15.6")
    if is_on:
        link = Path("/etc/systemd/system/timers.target.wants/os-update.timer")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to("/usr/lib/systemd/system/os-update.timer")


def firewall(_, is_on):
    """Has the kernel drop what comes from outside, or not."""
    subprocess.run(["nft", "flush", "ruleset"], check=True)
    if is_on:
        rules = "table inet t {\nchain input {\ntype filter hook input priority 0; policy drop;\niif lo accept\n}\n}\n"
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def encrypted_disks(machine, is_on):
    """Has sysfs tell that each disk with something mounted is encrypted, or how it is."""
    folder_of_devices = Path("/sys/dev/block")
    if not is_on:
        return
    numbers = {line.split()[2] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    real = {number: (folder_of_devices / number).resolve() for number in numbers if not number.startswith("0:")}
    machine.cover(folder_of_devices)
    for number, folder in real.items():
        device = folder_of_devices / number
        machine.write(device / "dm" / "uuid", f"CRYPT-LUKS2-0123456789abcdef-disk_{number}\n")
        (device / "slaves").mkdir()
        (device / "slaves" / folder.name).symlink_to(folder)


def security_updates(machine, version):
    """Has one package installed, of a version, of which there is a security update to 2.0."""
    if version is None:
        for path in ("/var/lib/apt/lists", "/var/lib/dpkg"):
            machine.cover(path)
        machine.release("debian", "12")
        suite = "/var/lib/apt/lists/deb.test_debian-security_dists_test-security"
        packages = "Package: countersign-test\nArchitecture: amd64\nVersion: 2.0\n\n"
        date = formatdate(usegmt=True).replace("GMT", "UTC")
        head = f"Label: Debian-Security\nSuite: test-security\nCodename: test-security\nDate: {date}\n"
        machine.write(f"{suite}_InRelease", head)
        machine.write(f"{suite}_main_binary-amd64_Packages", packages)
    stanza = "Package: countersign-test\nStatus: install ok installed\nArchitecture: amd64\n"
    machine.write("/var/lib/dpkg/status", f"{stanza}Version: {version or '1.0'}\n\n")


# What a policy asks for, by a word of its advice; what fails it, and what mends it.
CONDITIONS = {
    "osVersion": (
        {"osVersionConstraints": [{"distribution": "testlinux", "minimum": "2"}]}, "upgrade_os_version",
        lambda m: m.release("testlinux", "1"), lambda m: m.release("testlinux", "2.1")),
    "secureBoot": (
        {"secureBoot": True}, "enable_secure_boot",
        lambda m: secure_boot(m, False), lambda m: secure_boot(m, True)),
    "kernelLockdown": (
        {"kernelLockdown": {"include": ["INTEGRITY"]}}, "enable_kernel_lockdown",
        lambda m: lockdown(m, "none"), lambda m: lockdown(m, "confidentiality")),
    "mandatoryAccessControl": (
        {"mandatoryAccessControl": {"include": ["TOMOYO"]}}, "enable_mandatory_access_control",
        lambda m: tomoyo(m, "learning"), lambda m: tomoyo(m, "enforcing")),
    "autoLogin": (
        {"autoLogin": False}, "disable_auto_login",
        lambda m: automatic_login(m, True), lambda m: automatic_login(m, False)),
    "automaticUpdates": (
        {"automaticUpdates": True}, "enable_automatic_updates",
        lambda m: automatic_updates(m, False), lambda m: automatic_updates(m, True)),
    "secureHardwarePresent": (
        {"secureHardwarePresent": True}, "secure_hardware_present",
        lambda m: m.write("/sys/firmware/acpi/tables/FACP", "FACP"),
        lambda m: m.write("/sys/class/tpm/tpm0/tpm_version_major", "2\n")),
    "firewall": (
        {"firewall": True}, "enable_firewall",
        lambda m: firewall(m, False), lambda m: firewall(m, True)),
    "endpointProtection": (
        {"endpointProtection": {"include": ["crowdstrike"]}}, "use_endpoint_protection",
        lambda m: None, lambda m: m.run("/opt/CrowdStrike/falconctl", "falcon-sensor")),
    "deviceManaged": (
        {"deviceManaged": True}, "device.must.be.managed",
        lambda m: None, lambda m: m.run("/opt/puppetlabs/bin/puppet", "puppet")),
    "diskEncryptionType": (
        {"diskEncryptionType": {"include": ["ALL_INTERNAL_VOLUMES"]}}, "device_disk_encrypted",
        lambda m: encrypted_disks(m, False), lambda m: encrypted_disks(m, True)),
    "securityUpdates": (
        {"securityUpdates": {"maximumAge": "P7D"}}, "install_security_updates",
        lambda m: security_updates(m, None), lambda m: security_updates(m, "2.0")),
    "hsiLevel": (
        {"hsiLevel": {"minimum": 2}}, "raise_hsi_level",
        lambda m: m.firmware.tell("HSI:1 (v2.0.20)"), lambda m: m.firmware.tell("HSI:2 (v2.0.20)")),
    "screenLockType": (
        {"screenLockType": {"include": ["PASSCODE"]}}, "use_lock_screen",
        lambda m: None, lambda m: None),
}


@needs_root
@pytest.mark.parametrize("name", CONDITIONS)
def test_condition_fails_is_mended_and_lets_in(name, machine, make_world, make_agent, place, chromium):
    """The page shows what fails; mended and checked again, the same sign-in goes on."""
    members, advice, fail, mend = CONDITIONS[name]
    document = {"id": "linux", "name": "Linux", "platform": "LINUX"} | members
    environment = DESKTOP_OF_KDE
    if name == "hsiLevel":
        reason = firmware_service.obstacle()
        if reason:
            pytest.skip(reason)
        machine.firmware = firmware_service.FirmwareService(place / "firmware")
        environment = environment | machine.firmware.environment
    if name == "securityUpdates" and not all(map(os.path.isdir, ("/var/lib/apt/lists", "/var/lib/dpkg"))):
        pytest.skip("the machine has no packages of dpkg")
    agent = make_agent(environment=environment)
    lock_screen(agent, False)
    fail(machine)
    world = make_world(
        agent=agent, sign_in=SILENT, assurance={"directory": folder(place, "assurance", document)}
    )
    signin_page.start(chromium, world.app, "alice")
    chromium.wait_visible("#view-remediation")
    assert chromium.text("#remediation-list li")
    [event] = world.verifier.audit("policy.evaluate_sign_on")
    assert advice in json.dumps(event["debugContext"]), event
    assert ".unknown" not in json.dumps(event["debugContext"]), event
    chromium.click("#check-again")
    wait_until(lambda: len(world.verifier.audit("policy.evaluate_sign_on")) == 2, 15, what="the second look")
    assert world.app.results == []
    mend(machine)
    if name == "screenLockType":
        lock_screen(agent, True)
    chromium.wait_visible("#check-again")
    chromium.click("#check-again")
    chromium.wait_url(world.app.origin)
    assert "claims" in world.app.wait_for_result()
    outcomes = [event["outcome"]["result"] for event in world.verifier.audit("policy.evaluate_sign_on")]
    assert outcomes == ["DENY", "DENY", "ALLOW"]


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")
def test_grace_period_lasts_its_days(make_world, make_agent, place, chromium):
    """Warned on the first day and on the sixth, kept out on the seventh, let in once mended, and warned anew later."""
    clock = place / "clock"
    clock.write_text("+0\n")
    by_hand = {
        "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
    }
    agent = make_agent(environment=DESKTOP_OF_KDE)
    lock_screen(agent, False)
    world = make_world(agent=agent, sign_in=SILENT, assurance={"directory": folder(place, "assurance", GRACE)})
    for program in (agent, world.verifier):
        program.stop()
        # The library moves the environment of the first process that it is in; Swift looks before it for arguments.
        program.daemon.command = ["/usr/bin/env", *program.daemon.command]
        program.start(by_hand)

    def day(number, selector):
        # The apps' clock is the machine's, so that only what the page shows is looked at.
        clock.write_text(f"+{number}d\n")
        signin_page.start(chromium, world.app, "alice")
        chromium.wait_visible(selector)

    day(0, "#skip")
    chromium.click("#skip")
    chromium.wait_url(world.app.origin)
    day(6, "#skip")
    assert chromium.text("#title") == "Fix this soon"
    day(7, "#view-remediation")
    assert "does not meet the security requirements" in chromium.text("#title")
    assert not chromium.visible("#skip")
    lock_screen(agent, True)
    chromium.click("#check-again")
    chromium.wait_url(world.app.origin)
    lock_screen(agent, False)
    # Sign-ins in a row are answered with signals of the last ten seconds.
    time.sleep(11)
    day(9, "#skip")
    outcomes = [event["outcome"]["result"] for event in world.verifier.audit("policy.evaluate_sign_on")]
    assert outcomes == ["ALLOW", "ALLOW", "DENY", "ALLOW", "ALLOW"]
