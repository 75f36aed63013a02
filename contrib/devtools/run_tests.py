#!/usr/bin/env python3
"""Runs the unit tests and the functional tests of a build tree and counts them.

    run_tests.py BUILD_DIRECTORY [name ...]     names: modules ("crypto") or "functional"

Exit status 0 when nothing failed and something passed. The last line counts what passed, failed and was skipped.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Only a build with the thread sanitizer reads this.
os.environ.setdefault("TSAN_OPTIONS", f"suppressions={ROOT}/contrib/devtools/tsan.supp second_deadlock_stack=1")


class Totals:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, name, passed, failed, skipped, seconds):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        print(f"{name:<14} {passed:>5} passed {failed:>3} failed {skipped:>3} skipped {seconds:>7.1f} s", flush=True)


def run_unit(binary, totals):
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        begin = time.time()
        run = subprocess.run([binary, "--gtest_brief=1", f"--gtest_output=json:{report.name}"], cwd=ROOT,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        text = pathlib.Path(report.name).read_text() if pathlib.Path(report.name).stat().st_size else ""
    passed = failed = skipped = 0
    if text:
        for suite in json.loads(text)["testsuites"]:
            for test in suite["testsuite"]:
                if test.get("failures"):
                    failed += 1
                elif test.get("result") == "SKIPPED":
                    skipped += 1
                else:
                    passed += 1
    if run.returncode != 0:
        print(run.stdout[-20000:])
        failed = max(failed, 1)
    totals.add(binary.name.removeprefix("test_"), passed, failed, skipped, time.time() - begin)


def run_functional(build, totals):
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        begin = time.time()
        run = subprocess.run([sys.executable if os.environ.get("KEPENG_PYTHON") else "/usr/bin/python3", "-m", "pytest",
                              "-q", "-x" if os.environ.get("KEPENG_FAIL_FAST") else "-q", f"--junitxml={report.name}",
                              "-p", "no:cacheprovider", str(ROOT / "test/functional")],
                             cwd=ROOT, env={**os.environ, "KEPENG_BIN": str(build / "bin")},
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        text = pathlib.Path(report.name).read_text()
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    if text:
        for suite in ElementTree.fromstring(text).iter("testsuite"):
            for key in counts:
                counts[key] += int(suite.get(key, 0))
    failed = counts["failures"] + counts["errors"]
    if run.returncode != 0:
        print(run.stdout[-20000:])
        failed = max(failed, 1)
    totals.add("functional", counts["tests"] - failed - counts["skipped"], failed, counts["skipped"],
               time.time() - begin)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    wanted = sys.argv[2:]
    totals = Totals()
    if not (pathlib.Path(os.environ.get("KEPENG_SHARED", ROOT / "../shared")) / "vectors").exists():
        print("The shared vector sets are not here (KEPENG_SHARED): the tests that need them are counted as skipped.")
    for binary in sorted((build / "bin").glob("test_*")):
        if not wanted or binary.name.removeprefix("test_") in wanted:
            run_unit(binary, totals)
    if (ROOT / "test/functional").exists() and (not wanted or "functional" in wanted):
        run_functional(build, totals)
    print(f"{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped")
    return 0 if totals.failed == 0 and totals.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
