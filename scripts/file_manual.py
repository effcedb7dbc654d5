# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Manual pages of configuration files (section 5), from the documents that tell of their keys."""

import re

BREAKS = ("```", "#", "|", "- ")


def raw(text):
    """A piece of a line, without what would be taken for an escape."""
    return text.replace("\\", "\\e").replace("-", "\\-")


def escaped(text):
    """A line as roff takes it."""
    text = raw(text)
    return "\\&" + text if text.startswith((".", "'")) else text


def inline(text):
    """Bold and code in their fonts; of links what they say."""
    text = re.sub(r"\[((?:`[^`]*`|[^\]`])*)\]\([^)]*\)", r"\1", text)
    parts = re.split(r"(`[^`]*`|\*\*[^*]*\*\*)", text)
    line = "".join(
        f"\\fB{escaped(part.strip('`*'))}\\fR" if part.startswith(("`", "**")) else raw(part) for part in parts
    )
    return "\\&" + line if line.startswith((".", "'")) else line


def cells(row):
    """The cells of a table's row."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def table(rows):
    """A table as a list: what stands first is the term, and what follows tells of it."""
    lines = []
    for row in rows[2:]:
        first, *others = cells(row)
        lines += [".TP", inline(first), inline("; ".join(filter(None, others))) or "\\ "]
    return lines


def blocks(text):
    """The document's blocks: a kind, and its lines."""
    lines = text.splitlines()
    while lines:
        line = lines.pop(0)
        if line.startswith("```"):
            end = lines.index("```")
            yield "code", lines[:end]
            del lines[: end + 1]
        elif line.startswith("|"):
            rows = [line]
            while lines and lines[0].startswith("|"):
                rows.append(lines.pop(0))
            yield "table", rows
        elif line.startswith("#"):
            yield "heading", [line]
        elif line.startswith("- ") or re.match(r"\d+\. ", line):
            yield "item", [line, *continued(lines)]
        elif line.strip():
            yield "paragraph", [line, *continued(lines)]


def continued(lines):
    """Takes the lines that go on with a paragraph."""
    taken = []
    while lines and lines[0].strip() and not lines[0].startswith(BREAKS) and not re.match(r"\d+\. ", lines[0]):
        taken.append(lines.pop(0).strip())
    return taken


def file_manual(name, path, abstract, document, program):
    """The page of a file.

    `name` is what the page is called, `path` where the file is, `document` the text that tells of it, `program` who
    reads it.
    """
    lines = [
        f'.TH {name.upper()} 5 "" Countersign "File formats"',
        ".SH NAME",
        f"{escaped(name)} \\- {escaped(abstract)}",
        ".SH SYNOPSIS",
        f".I {escaped(path)}",
        ".SH DESCRIPTION",
    ]
    for kind, content in blocks(document):
        if kind == "heading":
            level, title = content[0].split(" ", 1)
            if len(level) > 1:
                lines.append((".SH " if len(level) == 2 else ".SS ") + inline(title))
        elif kind == "code":
            lines += [".PP", ".nf", ".RS 4", *map(escaped, content), ".RE", ".fi"]
        elif kind == "table":
            lines += table(content)
        elif kind == "item":
            text = " ".join(content)
            mark, rest = text.split(" ", 1)
            lines += [".IP " + ("\\(bu" if mark == "-" else mark) + " 4", inline(rest)]
        else:
            lines += [".PP", inline(" ".join(content))]
    return "\n".join([*lines, ".SH SEE ALSO", f".BR {escaped(program)} (1)"]) + "\n"
