# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What the installed agent says of the machine."""

import json
import re


def read(machine, artefacts, name, user="alice", helper=True, program="countersign-agent"):
    """All signals by their ids, as a user reads them, kept under a name.

    Services that start as they are asked take longer here than the agent waits for anything on a real machine; it is
    asked again until it has waited for none. What it says the last time stands.
    """
    for _ in range(6):
        shown = machine.run(f"{program} posture --json", user=user).output
        signals = {signal["id"]: signal for signal in json.loads(shown)["signals"]}
        late = any("could not be read within" in signal.get("reason", "") for signal in signals.values())
        if not late and not (helper and signals["serialNumber"]["state"] == "unknown"):
            break
    file = re.sub(r"\W+", "-", name.removeprefix("test_")).strip("-")
    (artefacts / f"posture-{file}.json").write_text(shown)
    return signals


def told(signal):
    """The value of a signal, or its state where it has none."""
    return signal["value"] if signal["state"] == "known" else signal["state"]
