# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Nodes that are connected come to the same chain."""

import contextlib
import random
import socket
import time

import pytest
from chains import assert_state, chain
from framework import RAW_TRUE, Node, RpcError, free_port, wait_for


class Peer(Node):
    """A node that listens."""

    def __init__(self):
        super().__init__()
        self.p2p_port = free_port()

    def start(self, *arguments):
        return super().start("-listen=1", f"-bind=127.0.0.1:{self.p2p_port}", *arguments)

    @property
    def address(self):
        return f"127.0.0.1:{self.p2p_port}"

    def connect(self, other):
        self.addnode(other.address, "add")
        wait_for(lambda: any(peer["addr"] == other.address and peer["version"] for peer in self.getpeerinfo()))


@contextlib.contextmanager
def network(count, *arguments):
    with contextlib.ExitStack() as stack:
        nodes = [stack.enter_context(Peer()) for _ in range(count)]
        for node in nodes:
            node.start(*arguments)
        yield nodes


def wait_for_one_tip(nodes, seconds=60):
    wait_for(lambda: len({node.getbestblockhash() for node in nodes}) == 1, seconds)


def wait_for_relay(nodes):
    """Until nobody wants no transactions, as those say who catch up: what they are not told of then they are never."""
    wait_for(lambda: all(peer["minfeefilter"] < 1 for node in nodes for peer in node.getpeerinfo()))


def decide(nodes, seconds=60):
    """When several have mined, two branches may be as long as each other for good: one more block decides. It is mined
    when all nodes have as many blocks as the longest branch, or it would only make a third one."""
    wait_for(lambda: len({node.getblockcount() for node in nodes}) == 1, seconds)
    nodes[0].generateblock(RAW_TRUE, [])
    wait_for_one_tip(nodes, seconds)


@pytest.mark.parametrize("v2", [1, 0])
def test_two_nodes(v2):
    with network(2, f"-v2transport={v2}") as (a, b):
        a.generatetodescriptor(150, RAW_TRUE)
        b.connect(a)
        wait_for_one_tip([a, b])
        peer = b.getpeerinfo()[0]
        assert peer["transport_protocol_type"] == f"v{1 + v2}"
        assert peer["subver"].startswith("/Satoshi:32.0.0/kepeng:")
        assert peer["version"] == 70017 and not peer["inbound"]
        assert "NETWORK" in peer["servicesnames"] and "WITNESS" in peer["servicesnames"]
        assert len(peer["session_id"]) == 64 * v2
        assert a.getpeerinfo()[0]["inbound"]
        if v2:
            assert a.getpeerinfo()[0]["session_id"] == peer["session_id"]
        for miner in (a, b, a):
            miner.generatetodescriptor(1, RAW_TRUE)
            wait_for_one_tip([a, b])
        assert b.getblockcount() == 153
        assert (b.getnetworkinfo()["connections_out"], a.getnetworkinfo()["connections_in"]) == (1, 1)
        assert a.getconnectioncount() == 1
        b.ping()
        wait_for(lambda: "pingtime" in b.getpeerinfo()[0])
        assert b.getnettotals()["totalbytesrecv"] > 150 * 100
        assert b.getpeerinfo()[0]["bytesrecv_per_msg"]["block"] > 0


def test_one_speaks_v1_only():
    with network(1, "-v2transport=0") as (a,), network(1) as (b,):
        a.generatetodescriptor(10, RAW_TRUE)
        b.connect(a)
        wait_for_one_tip([a, b])
        assert b.getpeerinfo()[0]["transport_protocol_type"] == "v1"
        b.disconnectnode("", b.getpeerinfo()[0]["id"])
        b.addnode(a.address, "remove")
        a.generatetodescriptor(1, RAW_TRUE)
        a.connect(b)  # the other way round
        wait_for_one_tip([a, b])


def test_a_signed_chain():
    path, entry = chain(1)
    clock = ["-mocktime=1700000000", "-maxtipage=1000000000"]
    with network(3, *clock) as (a, b, c):
        a.restart(*clock, f"-loadblock={path}")
        wait_for(lambda: a.getblockcount() == entry["height"], 120)
        b.connect(a)
        c.connect(b)
        wait_for_one_tip([a, b, c], 180)
        assert_state(c, entry)


@pytest.mark.parametrize("shape", ["line", "ring", "star"])
def test_ten_nodes(shape):
    rng = random.Random(shape)
    with network(10) as nodes:
        for i in range(1, 10):
            nodes[i].connect(nodes[0 if shape == "star" else i - 1])
        if shape == "ring":
            nodes[0].connect(nodes[9])
        for _ in range(12):
            rng.choice(nodes).generatetodescriptor(rng.randrange(1, 4), RAW_TRUE)
            if rng.random() < 0.3:
                time.sleep(0.2)
        decide(nodes)
        # Two halves go their own ways for a while.
        for node in nodes[:5]:
            node.setnetworkactive(False)
        nodes[0].generatetodescriptor(3, RAW_TRUE)
        nodes[9].generatetodescriptor(7, RAW_TRUE)
        restarted = nodes[4]
        restarted.stop()
        restarted.start()
        restarted.addnode(nodes[0 if shape == "star" else 3].address, "add")
        for node in nodes[:4]:
            node.setnetworkactive(True)
        nodes[5].addnode(nodes[0 if shape == "star" else 4].address, "onetry")
        # Who gave up on a peer calls it again after ten seconds.
        nodes[8].generatetodescriptor(1, RAW_TRUE)
        decide(nodes, 90)


def test_added_nodes_and_refusals():
    with network(2) as (a, b):
        a.addnode(b.address, "add")
        with pytest.raises(RpcError, match="already added"):
            a.addnode(b.address, "add")
        wait_for(lambda: a.getaddednodeinfo()[0]["connected"])
        assert a.getaddednodeinfo(b.address)[0]["addresses"] == [{"address": b.address, "connected": "outbound"}]
        with pytest.raises(RpcError, match="has not been added"):
            a.getaddednodeinfo("1.2.3.4")
        a.addnode(b.address, "remove")
        with pytest.raises(RpcError, match="could not be removed"):
            a.addnode(b.address, "remove")
        a.disconnectnode(b.address)
        wait_for(lambda: a.getconnectioncount() == 0)
        with pytest.raises(RpcError, match="not found in connected nodes"):
            a.disconnectnode(b.address)
        with pytest.raises(RpcError, match="Only one of address and nodeid"):
            a.disconnectnode()
    with network(1) as (a,), Node() as other:
        assert "Is another node running?" in other.fails_to_start("-listen=1", f"-bind=127.0.0.1:{a.p2p_port}")
        assert "is no address" in other.fails_to_start("-addnode=nonsense:99999")


def test_junk_harms_nobody():
    """B-001, B-003: random bytes, a header that announces too much, and half-open connections."""
    with network(2) as (a, b):
        a.generatetodescriptor(5, RAW_TRUE)
        rng = random.Random(1)
        sockets = [socket.create_connection(("127.0.0.1", a.p2p_port)) for _ in range(40)]
        for i, junk in enumerate(sockets):
            with contextlib.suppress(OSError):
                if i % 4 == 0:
                    junk.sendall(rng.randbytes(5000))
                elif i % 4 == 1:
                    junk.sendall(bytes.fromhex("fabfb5da") + b"block\0\0\0\0\0\0\0" + (4_000_001).to_bytes(4, "little") + b"1234")
                elif i % 4 == 2:
                    junk.sendall(bytes.fromhex("fabfb5da") + b"version\0\0\0\0\0" + (86).to_bytes(4, "little") + bytes(90))
        b.connect(a)
        wait_for_one_tip([a, b])
        for junk in sockets:
            junk.close()
        wait_for(lambda: a.getconnectioncount() == 1)


def test_pruned_and_invalid():
    """A block that one node was told to refuse is not forced on it."""
    with network(2) as (a, b):
        a.generatetodescriptor(20, RAW_TRUE)
        b.connect(a)
        wait_for_one_tip([a, b])
        b.invalidateblock(b.getblockhash(15))
        assert b.getblockcount() == 14
        a.generatetodescriptor(2, RAW_TRUE)
        time.sleep(0.5)
        assert b.getblockcount() == 14
        b.reconsiderblock(a.getblockhash(15))
        a.generatetodescriptor(1, RAW_TRUE)
        b.addnode(a.address, "onetry")
        wait_for_one_tip([a, b])
