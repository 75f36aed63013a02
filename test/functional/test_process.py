# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""The process: starting, stopping, signals, options, failures."""

import os
import pathlib
import resource
import signal
import subprocess
import threading
import time

import pytest

from framework import SOURCE, Node, binary, wait_for


def test_version_and_help():
    version = subprocess.run([binary("kepengd"), "--version"], capture_output=True, text=True)
    assert version.returncode == 0 and version.stdout.startswith("kepeng daemon version")
    usage = subprocess.run([binary("kepengd"), "--help"], capture_output=True, text=True)
    assert usage.returncode == 0 and "-datadir" in usage.stdout and "-checkblocks" not in usage.stdout
    debug = subprocess.run([binary("kepengd"), "-help-debug"], capture_output=True, text=True)
    assert "-checkblocks" in debug.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_cleanly(node, number):
    node.start()
    node.generate(30)
    best = node.tip()
    node.signal(number)
    node.signal(number)
    assert node.wait_until_ended() == 0
    assert not (node.network_directory / "kepengd.pid").exists()
    node.start()
    assert node.tip() == best
    node.stop()


def test_hangup_reopens_the_log(node):
    node.start()
    log = node.network_directory / "debug.log"
    log.rename(node.network_directory / "debug.log.1")
    node.signal(signal.SIGHUP)

    def reopened():
        node.generate(1)
        return log.exists()

    wait_for(reopened)
    node.stop()


def test_stop_ends_waiting_calls(node):
    node.start()
    waiter = threading.Thread(target=lambda: node.request('{"method":"waitfornewblock","id":1}'))
    waiter.start()
    wait_for(lambda: len(node.getrpcinfo()["active_commands"]) == 2)
    since = time.monotonic()
    node.stop()
    waiter.join(10)
    assert not waiter.is_alive() and time.monotonic() - since < 10


def test_B126_waiting_calls_leave_the_workers_alone(node):
    seats = 64  # kWaitingCallsMax
    node.start("-rpcthreads=2", "-rpcworkqueue=100")
    answers = []

    def wait_for_a_block():
        answers.append(node.request('{"method":"waitfornewblock","id":1}').status)

    waiters = [threading.Thread(target=wait_for_a_block) for _ in range(seats)]
    for waiter in waiters:
        waiter.start()
    wait_for(lambda: len(node.getrpcinfo()["active_commands"]) == seats + 1)
    since = time.monotonic()
    assert node.getblockcount() == 0
    assert time.monotonic() - since < 20
    # A batch that waits counts as well; the one too many is told so at once.
    refused = node.request('[{"method":"getblockcount","id":1},{"method":"waitforblockheight","params":[9],"id":2}]')
    assert refused.status == 503 and "waiting" in refused.text
    node.generate(1)
    for waiter in waiters:
        waiter.join(20)
    assert answers == [200] * seats
    # The seats are free again.
    assert node.request('{"method":"waitforblockheight","params":[1],"id":1}').status == 200
    node.stop()


def test_one_node_per_directory(node):
    node.start()
    with Node(node.directory) as second:
        assert "Cannot obtain a lock on directory" in second.fails_to_start()
    assert node.tip()["height"] == 0
    node.stop()


@pytest.mark.parametrize("arguments, words", [
    (["-nosuchoption"], "nosuchoption"),
    (["-datadir=/nonexistent/kepeng"], "does not exist"),
    (["-prune=100"], "550"),
    (["-testactivationheight=nothing@5"], "Invalid name"),
    (["-vbparams=testdummy"], "malformed"),
    (["extra"], "unexpected token"),
])
def test_wrong_options_are_refused(node, arguments, words):
    assert words in node.fails_to_start(*arguments)


def test_options_for_parts_that_are_not_there_are_harmless(node):
    node.start("-listen=0", "-noconnect", "-dnsseed=0", "-disablewallet", "-txindex", "-maxmempool=100")
    node.stop()


def test_daemon(node):
    done = subprocess.run(node.command("-daemonwait"), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "starting" in done.stdout
    pid = int((node.network_directory / "kepengd.pid").read_text())
    assert node.tip()["height"] == 0
    node.call("stop")

    def gone():
        try:
            os.kill(pid, 0)
            return False
        except ProcessLookupError:
            return True

    wait_for(gone)
    failed = subprocess.run(node.command("-daemonwait", "-vbparams=x"), capture_output=True, text=True, timeout=60)
    assert failed.returncode == 1 and "malformed" in failed.stderr


def test_commands_of_the_operator(node, tmp_path):
    node.start(f"-startupnotify=touch {tmp_path}/started", f"-shutdownnotify=touch {tmp_path}/stopped",
               f"-blocknotify=touch {tmp_path}/%s")
    wait_for((tmp_path / "started").exists)
    block = node.generate(1)[0]
    wait_for((tmp_path / block).exists)
    assert not (tmp_path / "stopped").exists()
    node.stop()
    assert (tmp_path / "stopped").exists()


def test_a_full_disk_is_a_clean_stop(node):
    """D-05: the node says why, ends with 1, and goes on where it was once there is room."""
    node.start()
    node.generate(20)
    best = node.tip()
    node.stop()
    limit = 600_000  # bytes a file may have: block files take their space in steps of 16 MiB

    def narrow():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    node.output = open(node.directory / "output", "w+")
    node.process = subprocess.Popen(node.command("-fastprune"), stdout=node.output, stderr=subprocess.STDOUT,
                                    preexec_fn=narrow)
    deadline = time.monotonic() + 60
    while node.process.poll() is None and time.monotonic() < deadline:
        try:
            node.generate(2000)
        except Exception:  # not up yet, failing, or gone
            time.sleep(0.05)
    assert node.wait_until_ended() == 1
    assert "Error: " in node.printed()
    node.start()
    assert node.height() >= best["height"]
    assert node.verifychain(4, 0) is True
    node.stop()


def test_the_manual_pages_say_what_the_programs_say():
    generator = SOURCE / "contrib/devtools/gen_man.py"
    subprocess.run([generator, pathlib.Path(binary("kepengd")).parent, "--check"], check=True)
