#!/usr/bin/env python3
"""House rules that a text search can keep: sizes, header contracts, licence lines, banned words, READMEs."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUNCTION_LINES = 70
SOURCE_LINES = 600
HEADER_LINES = 300
TEST_LINES = 800  # a test file mirrors one subject, however many cases it has
COLUMNS = 120
README_LINES = 60
LICENCE = ["// Copyright (c) 2026 The kepeng developers", "// SPDX-License-Identifier: MIT"]
BANNED = [
    (re.compile(r"(?<![\w.])assert\("), "use KP_ASSERT"),
    (re.compile(r"\bTODO\b(?!\(#\d+\))"), "a TODO needs an issue number"),
    (re.compile(r"\bprintf\(|std::cout"), None),
]
NAMES = re.compile(r"(^|[_/])(util|utils|common|misc|helper|helpers|manager)([_./]|$)")


def files(pattern):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *pattern], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, check=True).stdout.split("\n")
    return [ROOT / name for name in sorted(set(listed)) if name and (ROOT / name).exists()]


def functions(lines):
    """Yields (first line, length) of blocks that begin at a line which looks like the head of a function body."""
    depth_at = None
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        opens = re.match(r"^\s*(?!namespace|struct|class|enum|union|constexpr std::array|const .*=|inline const|extern)"
                         r"[\w:<>,&*\s\[\]~()=.\"'-]+\)\s*(const|noexcept|override|final|->.*)*\s*\{$", line)
        if depth_at is None and opens and indent <= 2:
            depth_at = (number, indent)
        elif depth_at is not None and line.startswith(" " * depth_at[1] + "}"):
            yield depth_at[0] + 1, number - depth_at[0] + 1
            depth_at = None


def check_source(path, errors):
    name = path.relative_to(ROOT)
    lines = path.read_text().split("\n")
    is_table = path.name.endswith("_table.cpp")
    if lines[:2] != LICENCE:
        errors.append(f"{name}: does not begin with the licence lines")
    limit = SOURCE_LINES
    if str(name).startswith("include/"):
        limit = HEADER_LINES
    if str(name).startswith("test/"):
        limit = TEST_LINES
    if len(lines) - 1 > limit and not is_table:
        errors.append(f"{name}: {len(lines) - 1} lines, {limit} at most")
    if str(name).startswith("include/") and not (len(lines) > 3 and lines[3].startswith("// ")):
        errors.append(f"{name}: no contract at the top")
    if NAMES.search(str(name)) and "kepeng_util" not in name.name:
        errors.append(f"{name}: a name that says nothing")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS and not is_table:
            errors.append(f"{name}:{number}: {len(line)} columns, {COLUMNS} at most")
        for pattern, advice in BANNED[:2]:
            if pattern.search(line.split("//")[0] if "assert" in pattern.pattern else line):
                errors.append(f"{name}:{number}: {advice}")
    if str(name).startswith("src/") and not is_table:
        for begin, length in functions(lines):
            if length > FUNCTION_LINES:
                errors.append(f"{name}:{begin}: a function of {length} lines, {FUNCTION_LINES} at most")


def main():
    errors = []
    for path in files(["src/*.cpp", "src/*.h", "include/*.h", "test/*.cpp", "test/*.h"]):
        check_source(path, errors)
    for module in sorted((ROOT / "src").iterdir()):
        if not module.is_dir() or module.name == "bin" or not any(module.glob("*.cpp")):
            continue
        readme = module / "README.md"
        if not readme.exists():
            errors.append(f"src/{module.name}: no README.md")
        elif len(readme.read_text().split("\n")) > README_LINES:
            errors.append(f"src/{module.name}/README.md: over {README_LINES} lines")
    for error in errors:
        print("tidy:", error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
