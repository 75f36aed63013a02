# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""T04, D01: killed at random moments while it imports and flushes all the time, the node always starts again without
help and in the end has the coins that a correct node has. KEPENG_KILLS sets the number of kills (50)."""

import os
import random
import subprocess
import time

from chains import assert_state, chain
from framework import Node, wait_for

CYCLES = int(os.environ.get("KEPENG_KILLS", "50"))
OPTIONS = ["-mocktime=1700000000", "-maxtipage=1000000000", "-test=flushinterval=0"]


def test_T04_killed_at_random_moments():
    path, entry = chain(3)
    chance = random.Random(4)
    with Node() as node:
        arguments = [*OPTIONS, f"-loadblock={path}"]
        for cycle in range(CYCLES):
            options = [*arguments, "-dbcache=4"] if cycle % 2 else arguments
            if cycle % 10 == 9:
                options = [*options, "-reindex-chainstate" if cycle % 20 == 9 else "-reindex"]
            node.launch(*options)
            try:
                code = node.process.wait(chance.uniform(0, 1.5))
                raise AssertionError(f"cycle {cycle}: ended with {code}: {node.printed()[-2000:]}")
            except subprocess.TimeoutExpired:
                node.kill()
        began = time.monotonic()
        node.start(*arguments)
        wait_for(lambda: node.getblockcount() >= entry["height"], 120)
        print(f"after {CYCLES} kills: whole again in {time.monotonic() - began:.1f} s")
        assert_state(node, entry)
        node.stop()
        node.start(*OPTIONS)
        assert_state(node, entry)
        node.stop()
