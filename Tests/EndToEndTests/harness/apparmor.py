# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""What an AppArmor profile allows of files, by what the parser reads in it; for machines whose kernel has none."""

import re
import shutil
import subprocess
from pathlib import Path

PROFILES = Path(__file__).resolve().parents[3] / "packaging" / "apparmor"
PARSER = shutil.which("apparmor_parser") or shutil.which("apparmor_parser", path="/usr/sbin:/sbin")

_VARIABLE = re.compile(r"^\s*(@\{\w+\})\s*(\+?=)\s*(.*)$")
_RULE = re.compile(r'^\s*((?:owner|deny|audit|allow)\s+)*("[^"]+"|[/@]\S*)\s+([a-zA-Z]+)(?:\s*->.*)?,\s*$')


def check(profile):
    """What the parser complains of; nothing where the profile is well."""
    result = subprocess.run([PARSER, "-Q", "-K", str(PROFILES / profile)], capture_output=True, text=True, check=False)
    return result.stderr if result.returncode else ""


class FileRules:
    """The rules for files of one profile."""

    def __init__(self, profile):
        text = subprocess.run(
            [PARSER, "-p", str(PROFILES / profile)], capture_output=True, text=True, check=True
        ).stdout
        self._variables = {}
        self._allowed, self._denied = [], []
        for line in text.splitlines():
            if match := _VARIABLE.match(line):
                name, how, values = match.groups()
                known = self._variables.setdefault(name, []) if how == "+=" else []
                self._variables[name] = known + [value.strip('"') for value in values.split()]
            elif match := _RULE.match(line):
                words, path, permissions = line[: match.start(2)].split(), match.group(2).strip('"'), match.group(3)
                patterns = [re.compile(self._expression(text)) for text in self._expand(path)]
                (self._denied if "deny" in words else self._allowed).append((patterns, set(permissions.lower())))

    def allows(self, path, permission):
        """Whether a path may be read (`r`), written (`w`), locked (`k`), mapped (`m`) or run (`x`)."""
        return self._says(self._allowed, path, permission) and not self._says(self._denied, path, permission)

    @staticmethod
    def _says(rules, path, permission):
        return any(
            permission in permissions and any(pattern.fullmatch(path) for pattern in patterns)
            for patterns, permissions in rules
        )

    def _expand(self, text):
        """All texts that a path with variables stands for."""
        match = re.search(r"@\{\w+\}", text)
        if not match:
            return [re.sub("//+", "/", text)]
        values = self._variables.get(match.group(0), ["\0"])
        return [item for value in values for item in self._expand(text[: match.start()] + value + text[match.end() :])]

    @staticmethod
    def _expression(glob):
        """The regular expression of a glob of apparmor.d(5)."""
        out, depth, index = "", 0, 0
        while index < len(glob):
            char = glob[index]
            if glob.startswith("**", index):
                # At the end of a folder's path something has to follow.
                out += ".*" if index and glob[index - 1] != "/" else "(?:[^/].*)?" if depth else "[^/].*"
                index += 1
            elif char == "*":
                whole = index and glob[index - 1] == "/" and glob[index + 1 : index + 2] in ("", "/")
                out += "[^/]+" if whole else "[^/]*"
            elif char == "?":
                out += "[^/]"
            elif char == "{":
                out, depth = out + "(?:", depth + 1
            elif char == "}":
                out, depth = out + ")", depth - 1
            elif char == "," and depth:
                out += "|"
            elif char == "[":
                end = glob.index("]", index)
                out += glob[index : end + 1]
                index = end
            elif char == "\\":
                index += 1
                out += re.escape(glob[index])
            else:
                out += re.escape(char)
            index += 1
        return out
