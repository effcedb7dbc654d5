# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The machine that is measured on, and the tools and programs that are measured with."""

import json
import os
import platform
import subprocess


class Machine:
    """Where programs, tools and a folder for the run are."""

    def __init__(self, programs, tools, directory, quick):
        self.agent = programs / "agent"
        self.verifier = programs / "verifier"
        self.virtual_devices = programs / "virtual-devices"
        self.tools = tools
        self.directory = directory
        self.quick = quick
        self.cores = len(os.sched_getaffinity(0))

    def tool(self, name, *arguments, timeout=600):
        """Runs one of the native tools and answers the JSON that it prints."""
        result = subprocess.run(
            [str(self.tools / name), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False
        )
        if result.returncode != 0:
            raise RuntimeError(f"{name}: {result.stderr.strip() or result.returncode}")
        return json.loads(result.stdout)

    def description(self):
        """What the numbers are of."""
        model = "unknown processor"
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    model = line.split(":", 1)[1].strip()
                    break
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
        return {
            "system": system,
            "kernel": platform.release(),
            "processor": model,
            "cores": self.cores,
            "store on": file_system(self.directory),
        }


def file_system(path):
    """The type of the file system that a folder lies on."""
    result = subprocess.run(
        ["stat", "--file-system", "--format", "%T", str(path)], capture_output=True, text=True, check=False
    )
    return result.stdout.strip() or "unknown"


def memory(pid):
    """A process's proportional memory in MB: all of it, and the part that no file backs (proc_pid_smaps(5))."""
    values = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            name, _, rest = line.partition(":")
            if rest.strip().endswith("kB"):
                values[name] = int(rest.split()[0]) / 1024
    return {"pss": values["Pss"], "anonymous": values.get("Pss_Anon", 0.0), "files": values.get("Pss_File", 0.0)}


def memory_with_children(pid):
    """The same of a process with those that it has started."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        parts = [memory(pid), *(memory(int(child)) for child in file.read().split())]
    return {name: sum(part[name] for part in parts) for name in parts[0]}


def cpu_seconds(pid):
    """The processor time that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
