# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The udev rules, as systemd's own udev reads them, for devices that umockdev lays out below /sys."""

import os
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

RULES = Path(__file__).resolve().parents[2] / "udev"
USB = "/devices/pci0000:00/0000:00:14.0/usb1/1-1"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("umockdev-run") or not shutil.which("udevadm"),
    reason="needs root, umockdev and udevadm",
)


def hid(vendor, product):
    """A HID device on USB, as umockdev describes it, and its path."""
    path = f"{USB}/1-1:1.0/0003:{vendor}:{product}.0001/hidraw/hidraw0"
    return path, textwrap.dedent(
        f"""\
        P: {path}
        N: hidraw0
        E: DEVNAME=/dev/hidraw0
        E: MAJOR=240
        E: MINOR=0
        E: SUBSYSTEM=hidraw

        P: {USB}
        E: SUBSYSTEM=usb
        E: DEVTYPE=usb_device
        A: idVendor={vendor}\\n
        A: idProduct={product}\\n
        """
    )


def tpm(name):
    """A TPM device."""
    subsystem = name.rstrip("0123456789")
    path = f"/devices/pnp0/00:05/{subsystem}/{name}"
    return path, f"P: {path}\nN: {name}\nE: DEVNAME=/dev/{name}\nE: MAJOR=10\nE: MINOR=224\nE: SUBSYSTEM={subsystem}\n"


def judge(tmp_path, device, *rules):
    """What udev does with a device, with these rules installed; in namespaces that keep the machine's own state out.

    A machine where udev never ran has no /dev/char yet.
    """
    path, description = device
    (tmp_path / "device.umockdev").write_text(description)
    script = f"""
        set -eu
        mount -t tmpfs tmpfs /run
        mkdir -p /dev/char
        mount -t tmpfs tmpfs /dev/char
        mkdir -p /run/udev/rules.d
        for rule in {" ".join(map(str, rules))}; do cp "$rule" /run/udev/rules.d/; done
        umockdev-run -d {tmp_path}/device.umockdev -- udevadm test /sys{path}
    """
    result = subprocess.run(
        ["unshare", "--mount", "--propagation=private", "bash", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    output = result.stdout + result.stderr
    if "Operation not permitted" in output and "unshare" in output:
        pytest.skip("this machine lets nobody make mount namespaces")
    assert "ID_VENDOR" in output or "DEVPATH" in output, output
    return output


def tags(output):
    """The tags that udev gave the device."""
    for line in output.splitlines():
        if line.startswith("TAGS="):
            return set(line.removeprefix("TAGS=").strip(":").split(":"))
    return set()


@pytest.mark.parametrize("key", ["1050:0407", "20a0:42b2", "18d1:9470", "2c97:4015", "349e:0022", "1209:beee"])
def test_a_security_key_is_the_seats(tmp_path, key):
    device = hid(*key.split(":"))
    assert "uaccess" not in tags(judge(tmp_path, device))
    assert {"uaccess", "security-device"} <= tags(judge(tmp_path, device, RULES / "70-countersign-security-keys.rules"))


@pytest.mark.parametrize("other", ["046d:c31c", "1050:0010", "1209:0001"])
def test_another_device_is_not(tmp_path, other):
    output = judge(tmp_path, hid(*other.split(":")), RULES / "70-countersign-security-keys.rules")
    assert "uaccess" not in tags(output)


def test_the_resource_manager_is_the_seats_where_chosen(tmp_path):
    assert "uaccess" not in tags(judge(tmp_path, tpm("tpmrm0")))
    assert "uaccess" in tags(judge(tmp_path, tpm("tpmrm0"), RULES / "70-countersign-tpm.rules"))


def test_the_bare_tpm_is_nobodys(tmp_path):
    assert "uaccess" not in tags(judge(tmp_path, tpm("tpm0"), RULES / "70-countersign-tpm.rules"))


@pytest.mark.parametrize("rules", sorted(RULES.glob("*.rules")), ids=lambda path: path.name)
def test_udev_understands_every_line(tmp_path, rules):
    output = judge(tmp_path, hid("1050", "0407"), rules)
    complaints = [
        line
        for line in output.splitlines()
        if f"{rules.name}:" in line and ("nvalid" in line or "ignoring" in line)
    ]
    assert not complaints
    verifies = "verify" in subprocess.run(["udevadm", "--help"], capture_output=True, text=True, check=True).stdout
    if verifies:
        subprocess.run(["udevadm", "verify", "--resolve-names=never", str(rules)], check=True)


def test_a_line_that_udev_does_not_understand_would_be_seen(tmp_path):
    broken = tmp_path / "70-broken.rules"
    broken.write_text('SUBSYSTEM=="hidraw", NONSENSE=="1", TAG+="uaccess"\n')
    output = judge(tmp_path, hid("1050", "0407"), broken)
    assert any("70-broken.rules:1" in line and ("nvalid" in line or "ignoring" in line) for line in output.splitlines())
