# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""A network namespace of our own, in which this machine has public addresses that lead nowhere else.

Nodes keep only routable addresses of others, so what they do by themselves cannot be seen on 127.0.0.1. A test file that
needs this has one test outside, which runs the file again inside the namespace.
"""

import os
import subprocess
import sys

ADDRESSES = [f"{20 + i}.{i}.0.1" for i in range(1, 21)]
# 20 of one /64, and one of another.
CROWD = [f"2a01:4f8:1:1::{i:x}" for i in range(1, 21)]
STRANGER = "2a01:4f8:1:2::1"
_INSIDE = "KEPENG_ISOLATED"


def inside():
    return os.environ.get(_INSIDE) == "1"


def can_isolate():
    return subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0


def run_again(path):
    """Runs the tests of the file in a fresh namespace. Have they passed?"""
    commands = ["ip link set lo up"] + [f"ip addr add {address}/32 dev lo" for address in ADDRESSES]
    commands += [f"ip addr add {address}/128 dev lo nodad" for address in [*CROWD, STRANGER]]
    script = " && ".join(commands + ['exec "$@"'])
    command = ["unshare", "-rn", "sh", "-c", script, "sh", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path]
    done = subprocess.run(command, env={**os.environ, _INSIDE: "1"}, capture_output=True, text=True)
    print(done.stdout[-20000:], done.stderr[-2000:])
    return done.returncode == 0
