# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Clocks that are wrong, jump, stand still, or are somebody else's."""

import contextlib
import datetime
import os
import re
import signal
import time

import pytest
from framework import RAW_TRUE, RpcError, wait_for
from p2p import Chain, Listener, ListeningNode, Peer, headers

HOUR = 3600
YEAR = 365 * 86400


@pytest.fixture
def node():
    with ListeningNode() as node:
        yield node


def cpu_seconds(node):
    with open(f"/proc/{node.process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def call_listeners(node, count, when):
    """The node calls so many peers whose clocks show this time."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            listener = stack.enter_context(Listener())
            node.addnode(listener.address, "onetry")
            stack.enter_context(listener.accept()).handshake(when=when).sync()


@pytest.mark.parametrize("ahead", [-3 * HOUR, 3 * HOUR])
def test_B210_B217_P27_the_operator_hears_of_a_clock_that_is_off(node, ahead):
    """All peers say otherwise: that is said, and changes nothing."""
    now = int(time.time())
    node.start(f"-mocktime={now + ahead}", "-maxtipage=1000000000")
    call_listeners(node, 4, now)
    assert node.getnetworkinfo()["timeoffset"] == 0  # four may all be wrong
    assert node.getnetworkinfo()["warnings"] == []
    call_listeners(node, 3, now)
    assert abs(node.getnetworkinfo()["timeoffset"] + ahead) < 10
    (warning,) = node.getnetworkinfo()["warnings"]
    assert ("minutes behind" if ahead < 0 else "minutes ahead of") in warning and "Check date" in warning
    wait_for(lambda: node.log().count(warning) == 1)
    assert node.getblockchaininfo()["warnings"] == [warning]
    assert node.getblockchaininfo()["time"] == Chain(0).start - 600  # genesis
    # Callers are not asked.
    for _ in range(60):
        with Peer(node) as peer:
            peer.handshake(when=now + ahead)
    assert node.getnetworkinfo()["warnings"] == [warning]


def test_B210_blocks_from_the_future_are_tried_again(node):
    """A node whose clock is behind condemns nothing: when the clock is right it goes on."""
    now = int(time.time())
    chain = Chain(20, start=now - HOUR)
    node.start(f"-mocktime={now - 4 * HOUR}")
    with Peer(node) as peer:
        peer.handshake()
        peer.send("headers", headers(chain.headers()))
        peer.sync()
        assert node.getbestblockhash() != chain.name
        assert {tip["status"] for tip in node.getchaintips()} == {"active"}
        node.setmocktime(now)
        peer.send("headers", headers(chain.headers()))
        peer.serve(chain, lambda: node.getbestblockhash() == chain.name)
    node.restart()
    assert node.getbestblockhash() == chain.name


def test_B212_a_jump_of_a_year(node):
    """Nobody has to go, and what the rules let expire expires."""
    now = int(time.time())
    chain = Chain(20, start=now - HOUR)
    node.start(f"-mocktime={now}")
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(Peer(node)).handshake() for _ in range(20)]
        peers[0].send("headers", headers(chain.headers()))
        peers[0].serve(chain, lambda: node.getbestblockhash() == chain.name)
        node.addpeeraddress("20.1.0.1", 8333)
        node.setban("30.1.0.1", "add", now + 2 * YEAR, True)
        node.setban("30.2.0.1", "add")
        node.setmocktime(now + YEAR)
        time.sleep(2)
        for peer in peers:
            peer.sync()
        assert node.getconnectioncount() == 20
        assert [ban["address"] for ban in node.listbanned()] == ["30.1.0.1/32"]
        node.setmocktime(now)
        chain.extend(1)
        peers[1].send("headers", headers(chain.headers()[-1:]))
        peers[1].serve(chain, lambda: node.getbestblockhash() == chain.name)
        assert node.getconnectioncount() == 20


def test_B214_a_clock_that_stands_still(node):
    """No busy loop, and blocks all the same."""
    node.start(f"-mocktime={int(time.time())}")
    with Peer(node) as peer:
        peer.handshake().sync()
        node.generatetodescriptor(20, RAW_TRUE)
        before = cpu_seconds(node)
        time.sleep(2)
        assert cpu_seconds(node) - before < 0.5
        peer.sync()
        assert node.getblockcount() == 20
        assert node.getpeerinfo()[0]["conntime"] > 0


def test_B215_a_machine_that_sleeps(node):
    """It wakes up hours later: its peers are gone, others have blocks, and it comes to them."""
    with ListeningNode() as other:
        now = int(time.time())
        node.start(f"-mocktime={now}")
        other.start(f"-mocktime={now}")
        node.addnode(other.address, "add")
        wait_for(lambda: node.getconnectioncount() == 1)
        other.generatetodescriptor(5, RAW_TRUE)
        wait_for(lambda: node.getblockcount() == 5)
        node.process.send_signal(signal.SIGSTOP)
        (peer,) = other.getpeerinfo()
        other.disconnectnode(nodeid=peer["id"])
        other.setmocktime(now + 8 * HOUR)
        other.generatetodescriptor(50, RAW_TRUE)
        time.sleep(1)
        node.process.send_signal(signal.SIGCONT)
        node.setmocktime(now + 8 * HOUR)
        wait_for(lambda: node.getblockcount() == 55, 90)


def test_B216_logs_are_in_utc(node, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    node.start()
    stamp = re.match(r"(\d+-\d+-\d+T\d+:\d+:\d+)", node.log()).group(1)
    logged = datetime.datetime.fromisoformat(stamp + "+00:00")
    assert abs((datetime.datetime.now(datetime.timezone.utc) - logged).total_seconds()) < 60


def test_B218_times_that_nobody_has(node):
    node.start()
    for when in (-1, -(2**63), 2**63 - 1):
        with pytest.raises(RpcError):
            node.setmocktime(when)
    for when in (1_400_000_000, 0, int(time.time()) + YEAR):
        node.setmocktime(when)
        node.generatetodescriptor(2, RAW_TRUE)
    # Backwards: as long as the rules let it go on it does, and nothing is condemned.
    for when in (1, 1_400_000_000, 0):
        node.setmocktime(when)
        with contextlib.suppress(RpcError):
            node.generatetodescriptor(1, RAW_TRUE)
        assert "invalid" not in {tip["status"] for tip in node.getchaintips()}
    before = node.getblockcount()
    assert before >= 6
    node.setmocktime(int(time.time()) + YEAR)
    node.generatetodescriptor(2, RAW_TRUE)
    assert node.getblockcount() == before + 2


def test_B220_times_of_files(node):
    node.start()
    node.generatetodescriptor(5, RAW_TRUE)
    for when in (0, int(time.time()) + 50 * YEAR):
        node.stop()
        for directory, _, files in os.walk(node.directory):
            for name in files:
                os.utime(os.path.join(directory, name), (when, when))
        node.start()
        assert node.getblockcount() == 5
    node.generatetodescriptor(1, RAW_TRUE)
