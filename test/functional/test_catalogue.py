# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""The catalogue of bad input has a test for each of its entries about peers, blocks, transactions and clocks, found by
its id."""

import re

import pytest
from framework import SOURCE, shared

SECTIONS = {"7.1": 39, "7.2": 21, "7.3": 24, "7.8": 8}  # and how many entries each has at least


def ids_of(document, section):
    text = document.split(f"### {section} ")[1].split("\n### ")[0].split("\n## ")[0]
    return re.findall(r"^\| (B-\d+) \|", text, re.M)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_bad_input_has_a_test(section):
    path = shared("design/reliability.md")
    if path is None:
        pytest.skip("the shared set is not here (KEPENG_SHARED)")
    wanted = ids_of(path.read_text(), section)
    assert len(wanted) >= SECTIONS[section]
    # "B-080: ..." in a comment or docstring, B080_... and test_b080_... as names.
    found = set()
    for source in (SOURCE / "test").rglob("*"):
        if source.suffix in (".py", ".cpp", ".h") and source.name != "test_catalogue.py":
            found |= {f"B-{number}" for number in re.findall(r"(?:(?<![A-Za-z0-9])B-?|test_b)(\d{3})(?!\d)", source.read_text())}
    assert [one for one in wanted if one not in found] == []
