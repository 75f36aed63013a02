# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Synthetic chains lead to the known coins, whatever the threads, the cache and the trust in old scripts."""

import time

import pytest
from chains import assert_state, chain
from framework import Node, wait_for

NO_CLOCK = ["-mocktime=1700000000", "-maxtipage=1000000000"]


def wait_for_height(node, height):
    wait_for(lambda: node.getblockcount() >= height, 300)


@pytest.mark.parametrize("options", [
    ["-par=1"], ["-dbcache=4"], ["-dbcache=2000"], ["-assumevalid=0"], ["-dbcache=4", "-assumevalid=TIP"], ["-assumevalid=TIP"],
])
@pytest.mark.parametrize("seed", [1, 3])
def test_import_reaches_the_known_coins(seed, options):
    path, entry = chain(seed)
    arguments = [option.replace("TIP", entry["tip"]) for option in options]
    with Node() as node:
        node.start(*NO_CLOCK, f"-loadblock={path}", *arguments)
        wait_for_height(node, entry["height"])
        assert_state(node, entry)
        node.restart(*NO_CLOCK, *arguments)
        assert_state(node, entry)
        node.stop()


@pytest.mark.parametrize("how", ["-reindex", "-reindex-chainstate"])
def test_reindex_reaches_the_known_coins(how):
    path, entry = chain(3)
    with Node() as node:
        node.start(*NO_CLOCK, f"-loadblock={path}")
        wait_for_height(node, entry["height"])
        node.restart(*NO_CLOCK, how)
        wait_for_height(node, entry["height"])
        assert_state(node, entry)
        node.stop()


def test_import_takes_any_order_and_junk():
    """B181: the second half first, junk between blocks, everything twice."""
    path, entry = chain(3)
    raw = path.read_bytes()
    records = []
    at = 0
    while at < len(raw):
        size = int.from_bytes(raw[at + 4:at + 8], "little")
        records.append(raw[at:at + 8 + size])
        at += 8 + size
    half = len(records) // 2
    with Node() as node:
        shuffled = node.directory / "shuffled.dat"
        shuffled.write_bytes(b"junk" + b"".join(record + b"\xfa\xbf\xb5\xdajunk" for record in records[half:])
                             + b"".join(records[:half]) + b"".join(records[:50]))
        node.start(*NO_CLOCK, f"-loadblock={shuffled}")
        wait_for_height(node, entry["height"])
        assert_state(node, entry)
        node.stop()


def test_a_node_that_catches_up_answers_and_stops_at_once():
    """While hours of work lie before it, a node answers questions and obeys."""
    path, entry = chain(1)
    with Node() as node:
        node.start(*NO_CLOCK, f"-loadblock={path}")
        wait_for_height(node, entry["height"])
        node.restart(*NO_CLOCK, "-reindex-chainstate", "-par=1", "-assumevalid=0")
        wait_for(lambda: node.getblockcount() > 110, 60)
        before = time.monotonic()
        assert node.gettxout(entry["tip"], 0) is None
        assert len(node.getchaintips()) >= 1
        assert node.getblockcount() < entry["height"], "too fast for this test"
        node.stop()
        assert time.monotonic() - before < 5  # the rest takes ten
        node.start(*NO_CLOCK)
        assert node.getblockcount() < entry["height"]
        wait_for_height(node, entry["height"])
        assert_state(node, entry)
