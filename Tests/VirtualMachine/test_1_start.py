# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The machine is what the other tests take it for, as the system's own tools tell."""


def test_the_system_has_started_whole(machine):
    failed = machine.run("systemctl list-units --failed --plain --no-legend").output
    assert failed == ""
    assert machine.run("systemctl is-system-running --wait").output == "running\n"


def test_root_and_swap_are_lvm_in_luks2(machine):
    for volume in ("root", "swap"):
        layers = machine.run(f"lsblk --inverse --noheadings --list --output TYPE,FSTYPE /dev/mapper/machine-{volume}")
        kinds = [line.split() for line in layers.output.splitlines()]
        assert [kind[0] for kind in kinds] == ["lvm", "crypt", "part", "disk"], layers.said
        assert kinds[2][1] == "crypto_LUKS", layers.said
    assert "version:       \t2" in machine.run("cryptsetup luksDump /dev/vda3").output.lower()
    assert machine.run("findmnt --noheadings --output SOURCE /").output == "/dev/mapper/machine-root\n"
    assert "partition" in machine.run("swapon --noheadings --show=TYPE").output


def test_the_firmware_has_verified_what_started(machine):
    assert machine.run("mokutil --sb-state").output == "SecureBoot enabled\n"
    assert "[integrity]" in machine.run("cat /sys/kernel/security/lockdown").output


def test_there_is_a_tpm_into_which_the_firmware_has_measured(machine):
    assert machine.run("cat /sys/class/tpm/tpm0/tpm_version_major").output == "2\n"
    assert machine.run("stat --format=%G /dev/tpmrm0").output == "tss\n"
    assert set(machine.run("cat /sys/class/tpm/tpm0/pcr-sha256/7").output.strip()) != {"0"}
