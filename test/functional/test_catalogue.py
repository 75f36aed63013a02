# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""The catalogue of bad input has a test for each of its entries about transactions, found by its id."""

import re

import pytest
from framework import SOURCE, shared

SECTION = "### 7.3 "


def ids_of(document):
    section = document.split(SECTION)[1].split("\n### ")[0]
    return re.findall(r"^\| (B-\d+) \|", section, re.M)


def test_every_bad_transaction_has_a_test():
    path = shared("design/reliability.md")
    if path is None:
        pytest.skip("the shared set is not here (KEPENG_SHARED)")
    wanted = ids_of(path.read_text())
    assert len(wanted) > 20
    # "B-080: ..." in a comment or docstring, B080_... and test_b080_... as names.
    found = set()
    for source in (SOURCE / "test").rglob("*"):
        if source.suffix in (".py", ".cpp", ".h") and source.name != "test_catalogue.py":
            found |= {f"B-{number}" for number in re.findall(r"(?:(?<![A-Za-z0-9])B-?|test_b)(\d{3})(?!\d)", source.read_text())}
    assert [one for one in wanted if one not in found] == []
