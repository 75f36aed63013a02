#!/usr/bin/env python3
"""Compares every #include <kepeng/X/...> with what src/modules.cmake permits, and looks for what pure modules may not use."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r"^kepeng_module\((\w+)\s*([^)]*)\)", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
# Pure modules have no I/O, clock, threads, locks or randomness of their own.
BANNED = {"iostream", "fstream", "thread", "mutex", "shared_mutex", "condition_variable", "random", "filesystem", "atomic",
          "future", "kepeng/base/log.h", "kepeng/base/env.h", "kepeng/base/random.h", "kepeng/base/guarded.h",
          "kepeng/base/fault.h"}
PURE_EXEMPT = {"crypto"}


def modules():
    table = {}
    for name, rest in ROW.findall((ROOT / "src/modules.cmake").read_text()):
        words = rest.split("EXTERNAL")[0].split()
        table[name] = (set(words) - {"PURE"}, "PURE" in words)
    return table


def main():
    table = modules()
    errors = []
    for name, (allowed, pure) in table.items():
        for base in (ROOT / "src" / name, ROOT / "include/kepeng" / name):
            for path in sorted(base.rglob("*")):
                if path.suffix not in (".h", ".cpp", ".inc"):
                    continue
                for include in INCLUDE.findall(path.read_text()):
                    where = path.relative_to(ROOT)
                    if include.startswith("kepeng/"):
                        used = include.split("/")[1]
                        if used != name and used not in allowed:
                            errors.append(f"{where}: includes {include}, but {name} does not name {used}")
                    if pure and include in BANNED:
                        errors.append(f"{where}: {include} in a pure module")
    for error in errors:
        print("layers:", error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
