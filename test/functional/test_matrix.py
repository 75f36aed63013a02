# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Every chain, trust in old scripts, number of threads and size of the cache, in one go and killed between.

The smallest chain runs always; KEPENG_FULL=1 runs all of them (about half an hour on two quiet cores).
"""

import itertools
import os

import pytest
from chains import assert_state, chain
from framework import Node, wait_for

NO_CLOCK = ["-mocktime=1700000000", "-maxtipage=1000000000"]
SEEDS = [1, 2, 3] if os.environ.get("KEPENG_FULL") else [3]
KILLS = 3
CHOICES = list(itertools.product(["-assumevalid=TIP", "-assumevalid=0"], ["-par=1", "-par=0"],
                                 ["-dbcache=4", "-dbcache=2000"], ["in one go", "killed"]))


@pytest.mark.parametrize("trust,threads,cache,how", CHOICES)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_way_leads_to_the_known_coins(seed, trust, threads, cache, how):
    path, entry = chain(seed)
    arguments = [*NO_CLOCK, trust.replace("TIP", entry["tip"]), threads, cache, f"-loadblock={path}"]
    with Node() as node:
        node.start(*arguments)
        if how == "killed":
            for step in range(1, KILLS + 1):
                goal = entry["height"] * step // (KILLS + 1)
                wait_for(lambda goal=goal: node.getblockcount() >= goal, 600)
                node.kill()
                node.start(*arguments)
        wait_for(lambda: node.getblockcount() >= entry["height"], 900)
        assert_state(node, entry)
        node.stop()
        node.start(*NO_CLOCK)
        assert_state(node, entry)
