#!/usr/bin/env python3
# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Writes share/man/*.1 from what the programs say of themselves.

    contrib/devtools/gen_man.py BIN [--check]

BIN holds kepengd, kepeng-cli and kepeng-util. With --check nothing is written; exit 1 if a page is not what it would be.
"""

import pathlib
import subprocess
import sys

SHARE = pathlib.Path(__file__).resolve().parents[2] / "share/man"
PAGES = {
    "kepengd": "a Bitcoin full node",
    "kepeng-cli": "talk to a running kepengd",
    "kepeng-util": "judge blocks and scripts, grind, list chain parameters",
}


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def usage(lines):
    """The forms of the command line, one a line."""
    for line in lines:
        for word in ("Usage:", "or:"):
            if line.startswith(word):
                yield line[len(word):].strip()


def body(lines):
    """Headings end in a colon, items are indented by two, their text by more."""
    paragraph = []

    def flush():
        if paragraph:
            yield escape(" ".join(paragraph))
            paragraph.clear()

    for line in lines:
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if stripped and indent > 2:
            paragraph.append(stripped)
            continue
        yield from flush()
        if stripped.startswith(("Usage:", "or:")) or not stripped:
            continue
        if indent == 0 and stripped.endswith(":"):
            yield f".SH {escape(stripped[:-1].upper())}"
        elif indent == 2:
            yield ".TP"
            yield f".B {escape(stripped)}"
        else:
            yield ".PP"
            paragraph.append(stripped)
    yield from flush()


def page(name, summary, text):
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if line.startswith("Usage:")), 0)
    out = [f'.TH {name.upper()} 1 "" "kepeng" "User Commands"', ".SH NAME", f"{escape(name)} \\- {escape(summary)}",
           ".SH SYNOPSIS"]
    for form in usage(lines):
        program, _, rest = form.partition(" ")
        out += [f".B {escape(program)}", escape(rest), ".br"]
    out += body(lines[first:])
    return "\n".join(out) + "\n"


def main():
    binaries, check = pathlib.Path(sys.argv[1]), "--check" in sys.argv[2:]
    stale = []
    SHARE.mkdir(parents=True, exist_ok=True)
    for name, summary in PAGES.items():
        said = subprocess.run([binaries / name, "-help"], check=True, capture_output=True, text=True).stdout
        text = page(name, summary, said)
        path = SHARE / f"{name}.1"
        if check and (not path.exists() or path.read_text() != text):
            stale.append(path.name)
        elif not check:
            path.write_text(text)
    if stale:
        sys.exit(f"not what the programs say: {', '.join(stale)}; run contrib/devtools/gen_man.py {binaries}")


if __name__ == "__main__":
    main()
