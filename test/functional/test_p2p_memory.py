# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""What peers together can make a node hold, and whether it knows: what getpeerinfo counts against what the process has.

`KEPENG_FULL=1` runs the full sizes of the catalogue.
"""

import contextlib
import os
import random
import socket
import struct
import time

import pytest
from framework import wait_for
from p2p import (BLOCK, GENESIS, WITNESS_FLAG, Block, Chain, Closed, ListeningNode, Peer, coinbase, compact, frame_v1,
                 headers, inventory, mine, resident, sha256d, text, version)

MIB = 1 << 20
FULL = bool(os.environ.get("KEPENG_FULL"))
UNTAKEN_MAX = 256 * MIB  # what all peers together may leave untaken
ANY_PROGRAM = b"\x52\x20" + b"\1" * 32  # a witness program of the future: whatever is shown opens it


def size(small, full):
    return full if FULL else small


@pytest.fixture(params=[True, False], ids=["v2", "v1"])
def v2(request):
    return request.param


# --- a block as large as can be --------------------------------------------------------------------------------------


def program_coinbase(height, commitment=None):
    """Pays to ANY_PROGRAM; with a commitment to witnesses it has a witness itself."""
    start = coinbase(height)[:-6]
    if commitment is None:
        return start + text(ANY_PROGRAM) + bytes(4)
    at = start.index(b"\xff" * 4 + b"\1", 41) + 4  # the number of outputs
    second = struct.pack("<q", 0) + text(b"\x6a\x24\xaa\x21\xa9\xed" + commitment)
    return start[:at] + b"\2" + start[at + 1:] + text(ANY_PROGRAM) + second + bytes(4)


class ProgramBlock(Block):
    def __init__(self, previous, height, when):
        super().__init__(previous, height, when)
        self.coinbase = program_coinbase(height)
        self.header = mine(previous, sha256d(self.coinbase), when)
        self.hash = sha256d(self.header)
        self.raw = self.header + b"\1" + self.coinbase


class WideBlock(Block):
    """Its second transaction shows a witness of this many bytes."""

    def __init__(self, spent, previous, height, when, witness_bytes):
        super().__init__(previous, height, when)
        body = (b"\1" + sha256d(spent.coinbase) + bytes(4) + b"\0" + b"\xff" * 4
                + b"\1" + struct.pack("<q", 1000) + text(b"\x51"))
        start, end = struct.pack("<i", 2), bytes(4)
        spend = start + b"\0\1" + body + b"\1" + compact(witness_bytes) + os.urandom(witness_bytes) + end
        root = sha256d(bytes(32) + sha256d(spend))
        first = program_coinbase(height, sha256d(root + bytes(32)))
        self.header = mine(previous, sha256d(sha256d(first) + sha256d(start + body + end)), when)
        self.hash = sha256d(self.header)
        first_with_witness = first[:4] + b"\0\1" + first[4:-4] + b"\1\x20" + bytes(32) + first[-4:]
        self.raw = self.header + b"\2" + first_with_witness + spend


def wide_chain():
    chain = Chain(0, start=int(time.time()) - 7200)
    for height in range(1, 102):
        chain.blocks.append(ProgramBlock(chain.tip, height, chain.start + height))
    chain.blocks.append(WideBlock(chain.blocks[0], chain.tip, 102, chain.start + 102, 3_900_000))
    return chain


@pytest.fixture(scope="module")
def wide():
    return wide_chain()


@pytest.fixture
def node(wide):
    with ListeningNode() as node:
        node.start("-maxconnections=200", "-dbcache=4")
        with Peer(node) as peer:
            peer.handshake()
            peer.send("headers", headers(wide.headers()))
            peer.serve(wide, lambda: node.getbestblockhash() == wide.name)
        wait_for(lambda: node.getconnectioncount() == 0)
        yield node


def counted(node):
    """What getpeerinfo says that peers cost, all together."""
    return sum(sum(peer["memory"].values()) for peer in node.getpeerinfo())


def is_served(node, wide, seconds=20):
    with Peer(node) as peer:
        peer.handshake()
        peer.send("getdata", inventory([(BLOCK | WITNESS_FLAG, wide.tip)]))
        return peer.wait("block", seconds) == wide.blocks[-1].raw


def drain(peer, count):
    """Takes this many bytes that came, if they come soon."""
    peer.socket.settimeout(0.2)
    with contextlib.suppress(TimeoutError, ConnectionError):
        while count > 0:
            got = len(peer.socket.recv(min(count, 65536)))
            if got == 0:
                return
            count -= got


# --- P-03, B-046: blocks for those that do not read ------------------------------------------------------------------


def test_P03_B046_large_blocks_for_all_who_do_not_read(node, wide, v2):
    """700 MB would wait for 180 peers. They get 256 MiB together, the longest waiting of them go, and others are
    served."""
    before = resident(node)
    most = most_counted = 0
    wanted = inventory([(BLOCK | WITNESS_FLAG, wide.tip)] * 1000)
    with contextlib.ExitStack() as stack:
        peers = []
        for i in range(180):
            peer = stack.enter_context(Peer(node, v2, receive_buffer=4096))
            peers.append(peer)
            with contextlib.suppress(Closed, ConnectionError):
                peer.handshake().send("getdata", wanted)
            if i % 10 == 9:
                most = max(most, resident(node) - before)
                most_counted = max(most_counted, counted(node))
        # They take as much as it needs for the next block to be sent.
        for peer in peers:
            drain(peer, 4 * MIB)
        assert is_served(node, wide)
        for _ in range(10):
            most = max(most, resident(node) - before)
            most_counted = max(most_counted, counted(node))
            time.sleep(0.2)
        print(f"most: {most / MIB:.0f} MiB resident, {most_counted / MIB:.0f} MiB counted")
        assert "it does not take what it has asked for" in node.log()
        assert node.getconnectioncount() > 40
        # Those who have to go are counted until their connections are closed. In the process there are besides four
        # blocks that are being read, each as bytes, as a block and as a message, and what the heap has not given back.
        assert most_counted <= UNTAKEN_MAX + 40 * MIB
        assert most < UNTAKEN_MAX + 160 * MIB


# --- memory by peer against the process ------------------------------------------------------------------------------


def agreement(node, before, kind):
    """What was counted by peer, as a part of what the process grew by."""
    grown, by_peer = resident(node) - before, counted(node)
    print(f"{kind}: {by_peer / MIB:.1f} MiB by peer, {grown / MIB:.1f} MiB grown, {by_peer / grown:.2f}")
    return by_peer / grown


def test_memory_by_peer_is_what_the_process_has(node, wide):
    """Messages that have begun, and blocks that nobody takes: within 20 %."""
    assert is_served(node, wide)  # what the first block costs is no peer's
    before = resident(node)
    with contextlib.ExitStack() as stack:
        for _ in range(11):
            peer = stack.enter_context(Peer(node, False)).handshake()
            peer.raw(frame_v1("block", b"", length=4_000_000) + os.urandom(3_900_000))
        wait_for(lambda: sum(peer["memory"]["receive"] > 3_900_000 for peer in node.getpeerinfo()) == 11)
        agreement(node, before, "unfinished messages")
        for _ in range(62):
            peer = stack.enter_context(Peer(node, False, receive_buffer=4096)).handshake()
            peer.send("getdata", inventory([(BLOCK | WITNESS_FLAG, wide.tip)]))
        wait_for(lambda: sum(peer["memory"]["send"] > 0 for peer in node.getpeerinfo()) == 62)
        time.sleep(1)
        assert 0.8 < agreement(node, before, "with unsent blocks") < 1.2


# --- B-015: headers of little work -----------------------------------------------------------------------------------


def cheap_headers(count):
    """(2,000 headers, the last one's hash) again and again."""
    previous, when = GENESIS, 1296688602 + 600
    for at in range(0, count, 2000):
        batch = []
        for i in range(at, min(at + 2000, count)):
            batch.append(mine(previous, bytes(32), when + i))
            previous = sha256d(batch[-1])
        yield batch, previous


def test_B015_P10_two_million_headers_of_little_work(v2):
    """Counted and not kept: less than 2 MB for the peer, and nothing in the index."""
    count = size(60_000, 2_000_000)
    with ListeningNode() as node, Peer(node.start("-minimumchainwork=0x10000000", "-maxtipage=1000000000"), v2) as peer:
        peer.handshake()
        peer.wait("getheaders")
        before, most = resident(node), 0
        since = time.monotonic()
        for number, (batch, last) in enumerate(cheap_headers(count)):
            peer.send("headers", headers(batch))
            assert peer.wait("getheaders")[5:37] == last
            if number % 10 == 9:
                most = max(most, node.getpeerinfo()[0]["memory"]["presync"])
        shown = node.getpeerinfo()[0]
        grown = resident(node) - before
        print(f"{count} headers in {time.monotonic() - since:.0f} s: at most {most} bytes for the peer, "
              f"{grown / MIB:.1f} MiB grown, busy for {shown['busy_time']:.1f} s")
        assert shown["presynced_headers"] == count
        assert 0 < most < 2_000_000
        assert grown < 20 * MIB
        assert node.getblockchaininfo()["headers"] == 0
        peer.send("headers", headers([]))
        peer.sync()
        assert node.getpeerinfo()[0]["presynced_headers"] == -1
        assert node.getblockchaininfo()["headers"] == 0


# --- B-041: packets that mean nothing --------------------------------------------------------------------------------


def test_B041_a_million_decoys():
    """They cost what they cost to read: nothing piles up, and others are heard meanwhile."""
    rng = random.Random(1)
    count = size(100_000, 1_000_000)
    with ListeningNode() as node, Peer(node.start()) as peer, Peer(node) as honest:
        peer.handshake().sync()
        honest.handshake().sync()
        before, most, waited = resident(node), 0, []
        since = time.monotonic()
        for _ in range(count // 1000):
            peer.raw(b"".join(peer.session.seal(rng.randbytes(rng.randrange(40)), decoy=True) for _ in range(1000)))
            asked = time.monotonic()
            honest.sync()
            waited.append(time.monotonic() - asked)
            most = max(most, sum(node.getpeerinfo()[0]["memory"].values()))
        assert peer.sync(30) == []
        grown = resident(node) - before
        print(f"{count} decoys in {time.monotonic() - since:.0f} s: at most {most} bytes for the peer, "
              f"{grown / MIB:.1f} MiB grown, the other waited {max(waited):.3f} s")
        assert most < 6 * MIB
        assert grown < 10 * MIB
        assert sorted(waited)[-2] < 2  # the machine itself may stand still once


# --- B-048: who comes and goes ---------------------------------------------------------------------------------------


def words(v2, state):
    """What a caller says up to this state. A key needs no owner."""
    if state == "nothing":
        return b""
    if v2:
        return {"a byte": b"\1", "a key": os.urandom(64), "more": os.urandom(64 + 4000)}[state]
    first = frame_v1("version", version())
    return {"a byte": first[:1], "a key": first, "more": first + frame_v1("verack", b"")}[state]


def leave(connection, how):
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif how == "half":
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while connection.recv(65536):
                pass
    connection.close()


def test_B048_a_hundred_thousand_come_and_go():
    """By RST, FIN and half a close, at each state of both transports: descriptors and memory come back."""
    cycles = int(os.environ.get("KEPENG_CYCLES", size(4_800, 100_000)))
    kinds = [(v2, state, how) for v2 in (True, False) for state in ("nothing", "a byte", "a key", "more")
             for how in ("close", "reset", "half")]
    with ListeningNode() as node:
        node.start("-debug=0")
        files = f"/proc/{node.process.pid}/fd"
        base, before = len(os.listdir(files)), None
        since = time.monotonic()
        for number in range(cycles):
            v2, state, how = kinds[number % len(kinds)]
            connection = socket.create_connection(("127.0.0.1", node.p2p_port), 30)
            with contextlib.suppress(ConnectionError):
                connection.sendall(words(v2, state))
                if state in ("a key", "more"):
                    connection.recv(64)  # it has been heard
                leave(connection, how)
            if number == cycles // 4:
                before = resident(node)
        wait_for(lambda: node.getconnectioncount() == 0)
        wait_for(lambda: len(os.listdir(files)) <= base + 2)
        grown = resident(node) - before
        print(f"{cycles} connections in {time.monotonic() - since:.0f} s: {grown / MIB:.1f} MiB since the first quarter")
        assert grown < 15 * MIB
        with Peer(node) as peer:
            peer.handshake().sync()
