# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Peers that take memory, places and time: what each may have, and that honest ones are served meanwhile."""

import contextlib
import os
import resource
import socket
import struct
import threading
import time

import pytest
from framework import wait_for
from p2p import (BLOCK, GENESIS, TX, WITNESS_FLAG, Block, Chain, Closed, ListeningNode, Peer, coinbase, compact, frame_v1,
                 headers, inventory, locator, mine, resident, sha256d, text, version)

HEIGHT = 30
MIB = 1 << 20


def descriptors(node):
    return len(os.listdir(f"/proc/{node.process.pid}/fd"))


class LargeBlock(Block):
    """Its coinbase has an output of this many bytes."""

    def __init__(self, previous, height, when, size):
        super().__init__(previous, height, when)
        start = coinbase(height)[:-4]
        at = start.index(b"\xff" * 4 + b"\1", 41) + 4  # the number of outputs
        large = struct.pack("<q", 0) + text(b"\x6a" + bytes(size))
        self.coinbase = start[:at] + b"\2" + start[at + 1:] + large + bytes(4)
        self.header = mine(previous, sha256d(self.coinbase), when)
        self.hash = sha256d(self.header)
        self.raw = self.header + b"\1" + self.coinbase


def large_chain(count, size):
    chain = Chain(0)
    for height in range(1, count + 1):
        chain.blocks.append(LargeBlock(chain.tip, height, chain.start + height, size))
    return chain


LARGE = large_chain(HEIGHT, 900_000)


@pytest.fixture(scope="module")
def shared_node():
    with ListeningNode() as node:
        node.start("-peertimeout=4", "-maxtipage=1000000000", "-maxconnections=150", "-dbcache=4")
        with Peer(node) as peer:
            peer.handshake()
            peer.send("headers", headers(LARGE.headers()))
            peer.serve(LARGE, lambda: node.getblockcount() == HEIGHT)
        yield node


@pytest.fixture
def node(shared_node):
    wait_for(lambda: shared_node.getconnectioncount() == 0)
    yield shared_node
    wait_for(lambda: shared_node.getconnectioncount() == 0)


@pytest.fixture(params=[True, False], ids=["v2", "v1"])
def v2(request):
    return request.param


def is_served(node, seconds=20):
    """An honest newcomer gets a block."""
    with Peer(node) as peer:
        peer.handshake()
        peer.send("getdata", inventory([(BLOCK | WITNESS_FLAG, LARGE.tip)]))
        return peer.wait("block", seconds) == LARGE.blocks[-1].raw


def send_what_fits(peer, data, seconds=1.0):
    """As much as the node takes before it stops reading; how much that was."""
    peer.socket.settimeout(seconds)
    count = 0
    try:
        while count < len(data):
            count += peer.socket.send(data[count:count + 65536])
    except TimeoutError:
        pass
    finally:
        peer.socket.settimeout(None)
    return count


def test_P02_messages_that_never_end(node):
    """100 peers begin 4 MB each: together they have 48 MiB, and those that are in the way go."""
    before = resident(node)
    beginning = frame_v1("block", b"", length=4_000_000, checksum=b"1234") + bytes(3_900_000)
    with contextlib.ExitStack() as stack:
        peers = []
        for _ in range(100):
            peer = stack.enter_context(Peer(node, v2=False))
            peers.append(peer.handshake())
            with contextlib.suppress(Closed, ConnectionError):
                peer.raw(beginning)
        assert is_served(node)
        wait_for(lambda: sum(peer["memory"]["receive"] for peer in node.getpeerinfo()) < 49 * MIB)
        left = node.getconnectioncount()
        assert 10 <= left < 20
        assert resident(node) - before < 100 * MIB
        assert "take memory that others need" in node.log()


def test_P02_an_honest_peer_outlives_those_that_stand_still(node):
    with contextlib.ExitStack() as stack:
        for _ in range(11):
            peer = stack.enter_context(Peer(node, v2=False)).handshake()
            peer.raw(frame_v1("block", b"", length=4_000_000) + bytes(3_900_000))
        honest = stack.enter_context(Peer(node)).handshake()
        payload = os.urandom(4_000_000)
        message = honest.transport.pack("nonsense", payload)
        for at in range(0, len(message), 400_000):  # slow, and it gets on
            honest.raw(message[at:at + 400_000])
            time.sleep(0.05)
        for _ in range(6):
            other = stack.enter_context(Peer(node, v2=False)).handshake()
            with contextlib.suppress(Closed):
                other.raw(frame_v1("block", b"", length=4_000_000) + bytes(3_900_000))
        assert honest.sync() is not None


def test_P03_a_peer_that_never_reads_is_not_listened_to(node, v2):
    """What it asks for beyond a megabyte waits with the peer itself. Nothing of it is lost."""
    with Peer(node, v2, receive_buffer=4096) as peer:
        peer.handshake()
        packets = [peer.transport.pack("ping", struct.pack("<Q", i)) for i in range(400_000)]
        stream = b"".join(packets)
        sent = send_what_fits(peer, stream)
        assert sent < len(stream)  # the node reads no more
        shown = node.getpeerinfo()[0]
        assert shown["memory"]["send"] < 1.2 * MIB
        assert shown["memory"]["receive"] < 10 * MIB
        assert is_served(node)
        # Read again: every answer comes, in order.
        answered = -1
        whole = sent // len(packets[0])
        while answered < whole - 1:
            name, payload = peer.receive()
            if name == "pong":
                answered += 1
                assert struct.unpack("<Q", payload)[0] == answered
        peer.raw(stream[sent:(whole + 1) * len(packets[0])])


def test_P03_B046_blocks_for_peers_that_never_read(node, v2):
    """20 peers ask for 1,000 large blocks each: one at a time is in memory for each of them."""
    before = resident(node)
    wanted = inventory([(BLOCK | WITNESS_FLAG, block.hash) for block in LARGE.blocks] * 34)
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(Peer(node, v2, receive_buffer=4096)).handshake().send("getdata", wanted)
        waiting = lambda: [peer["memory"]["send"] for peer in node.getpeerinfo()]
        wait_for(lambda: sum(size > 0 for size in waiting()) >= 20)
        time.sleep(3)
        assert is_served(node)
        assert max(waiting()) < 2.5 * MIB and sum(size > 0 for size in waiting()) >= 20
        assert resident(node) - before < 150 * MIB


def is_open(connection):
    """Of one on which nothing was said, by what has come until now."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def test_P05_half_open_connections_leave_room_for_others():
    """1,000 that never speak hold all places there are."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with ListeningNode() as node, contextlib.ExitStack() as stack:
        node.start("-maxconnections=150")
        halves = []
        for _ in range(1000):
            halves.append(stack.enter_context(socket.socket()))
            halves[-1].connect(("127.0.0.1", node.p2p_port))
        # It has dealt with all of them when it has hung up on those for whom there is no place.
        wait_for(lambda: sum(map(is_open, halves)) <= 150)
        wait_for(lambda: node.getnetworkinfo()["connections_in"] > 130)
        for _ in range(5):
            with Peer(node) as peer:
                peer.handshake().sync()


@pytest.mark.parametrize("state", ["nothing", "a byte", "16 bytes", "a key", "garbage", "version"])
def test_B045_who_stands_still_in_the_handshake_has_to_go(node, v2, state):
    with Peer(node, v2) as peer:
        if state == "a byte":
            peer.raw(b"\1" if v2 else frame_v1("version", version())[:1])
        elif state == "16 bytes":
            peer.raw(os.urandom(16) if v2 else frame_v1("version", version())[:16])
        elif state == "a key":
            peer.raw(os.urandom(64) if v2 else frame_v1("version", version())[:64])
        elif state == "garbage":
            peer.raw(os.urandom(500) if v2 else frame_v1("version", version()))
        elif state == "version":
            peer.agree().send("version", version())
        assert peer.is_gone(30)


def test_B045_a_byte_now_and_then_does_not_help(node, v2):
    stream = os.urandom(64) if v2 else frame_v1("version", version())
    with Peer(node, v2) as peer:
        with pytest.raises((Closed, ConnectionError)):
            for byte in stream:
                peer.raw(bytes([byte]))
                time.sleep(0.25)


def leave(peer, how):
    if how == "reset":
        peer.reset()
    elif how == "half":
        peer.socket.shutdown(socket.SHUT_WR)
        assert peer.is_gone()
        peer.close()
    else:
        peer.close()


@pytest.mark.parametrize("how", ["close", "reset", "half"])
def test_B048_leaving_at_every_state(node, v2, how):
    """Again and again: descriptors and memory come back."""
    def states(peer):
        yield
        peer.raw(b"\1" if v2 else b"\xfa")
        yield
        peer.close()
        peer.__init__(node, v2)
        peer.agree()
        yield
        peer.send("version", version())
        yield
        peer.wait("version")
        peer.send("verack")
        yield
        peer.send("getdata", inventory([(BLOCK, LARGE.tip)] * 5))
        yield
        peer.raw(peer.transport.pack("block", LARGE.blocks[0].raw)[:100_000])
        yield

    count = len(list(states(Peer(node, v2))))
    wait_for(lambda: node.getconnectioncount() == 0)
    base = descriptors(node)
    before = None
    for turn in range(10):
        for stop in range(count):
            peer = Peer(node, v2)
            for i, _ in enumerate(states(peer)):
                if i == stop:
                    break
            leave(peer, how)
        if turn == 2:
            before = resident(node)
    wait_for(lambda: node.getconnectioncount() == 0)
    wait_for(lambda: descriptors(node) <= base + 2)
    assert resident(node) - before < 30 * MIB


def test_P06_a_ping_comes_after_the_handshake(node, v2):
    with Peer(node, v2) as peer:
        peer.handshake()
        assert len(peer.wait("ping")) == 8


def test_P04_P35_rpc_is_served_while_all_places_are_taken(node):
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(socket.create_connection(("127.0.0.1", node.p2p_port)))
        since = time.monotonic()
        for _ in range(20):
            assert node.getblockcount() == HEIGHT
        assert time.monotonic() - since < 10
        assert node.getnetworkinfo()["connections_in"] <= 150


class PoorNode(ListeningNode):
    """May open few files."""

    def command(self, *arguments):
        return ["prlimit", "--nofile=256:256", *super().command(*arguments)]


def test_P35_when_descriptors_are_few_peers_are_refused_and_nobody_else():
    with PoorNode() as node, contextlib.ExitStack() as stack:
        node.start()
        assert "56 peers can call us instead of" in node.log()
        node.generate(5)
        for _ in range(300):
            stack.enter_context(socket.create_connection(("127.0.0.1", node.p2p_port)))
        time.sleep(1)
        for _ in range(10):
            node.generate(1)
        assert descriptors(node) < 250
        node.restart()
        assert node.getblockcount() == 15


def test_P11_questions_are_answered_as_fast_as_they_come_and_no_faster(node, v2):
    """10,000 getheaders at once: answered one by one, others are served in between."""
    with Peer(node, v2, receive_buffer=4096) as peer:
        peer.handshake()
        stream = peer.transport.pack("getheaders", locator([GENESIS])) if not v2 else None
        data = b"".join(stream or peer.transport.pack("getheaders", locator([GENESIS])) for _ in range(10_000))
        send_what_fits(peer, data, 0.5)
        assert is_served(node)
        assert node.getpeerinfo()[0]["memory"]["send"] < 2 * MIB


def test_busy_time_is_counted(node):
    with Peer(node) as busy, Peer(node) as idle:
        busy.handshake().sync()
        idle.handshake().sync()
        for _ in range(1000):
            busy.send("inv", inventory([(BLOCK, os.urandom(32)) for _ in range(1000)]))
        busy.sync()
        times = {peer["addr"]: peer["busy_time"] for peer in node.getpeerinfo()}
        assert times[busy.own_address] > 3 * times[idle.own_address] > 0


def test_who_takes_far_more_time_than_others_is_heard_after_them(node):
    """And not for longer than it does so."""
    def put_back():
        return {peer["addr"] for peer in node.getpeerinfo() if peer["put_back"]}

    def shout(peer, done):
        message = flood(peer, "inv")
        with contextlib.suppress(Closed, OSError):
            while not done.is_set():
                peer.raw(message)
                drain(peer)

    done = threading.Event()
    with contextlib.ExitStack() as stack:
        quiet = [stack.enter_context(Peer(node)).handshake() for _ in range(4)]
        loud = [stack.enter_context(Peer(node, v2=False)).handshake() for _ in range(2)]
        stack.callback(done.set)
        for peer in loud:
            threading.Thread(target=shout, args=(peer, done)).start()
        wait_for(lambda: put_back() == {peer.own_address for peer in loud})
        waited = []
        for _ in range(40):
            for peer in quiet:
                since = time.monotonic()
                peer.sync()
                waited.append(time.monotonic() - since)
        print(f"others wait {sorted(waited)[len(waited) // 2] * 1000:.1f} ms, at most {max(waited) * 1000:.1f} ms")
        assert sorted(waited)[len(waited) // 2] < 1
        assert put_back() <= {peer.own_address for peer in loud}
        done.set()
        wait_for(lambda: not put_back())
        assert node.getconnectioncount() == 6


def drain(peer):
    """Throws away what the node has said."""
    peer.socket.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while peer.socket.recv(1 << 20):
            pass
    peer.socket.setblocking(True)


def flood(peer, kind):
    """One large message of this kind."""
    unknown = [os.urandom(32) for _ in range(50_000)]
    if kind == "inv":
        return peer.transport.pack("inv", inventory([(BLOCK, name) for name in unknown]))
    if kind == "getdata":
        return peer.transport.pack("getdata", inventory([(TX, name) for name in unknown]))
    if kind == "headers":
        return peer.transport.pack("headers", headers(LONG))
    if kind == "addrv2":
        entries = (struct.pack("<I", int(time.time())) + b"\1\1\4" + os.urandom(4) + b"\x20\x8d" for _ in range(1000))
        return peer.transport.pack("addrv2", compact(1000) + b"".join(entries))
    if kind == "cmpctblock":
        header = mine(LARGE.tip, os.urandom(32), LARGE.start + HEIGHT + 1)
        prefilled = b"\1\0" + LARGE.blocks[0].coinbase[:60] + b"\0" * 40
        return peer.transport.pack("cmpctblock", header + bytes(8) + compact(60_000) + os.urandom(360_000) + prefilled)
    if kind == "block":
        return peer.transport.pack("block", LARGE.blocks[-1].raw)
    return peer.transport.pack("nonsense", bytes(4_000_000))


LONG = [block.header for block in LARGE.blocks]


@pytest.mark.parametrize("kind", ["inv", "getdata", "headers", "addrv2", "cmpctblock", "block", "nonsense"])
def test_others_are_heard_while_three_peers_shout(node, v2, kind):
    def shout(peer):
        with contextlib.suppress(Closed, OSError):
            peer.handshake().sync()
            until = time.monotonic() + 3
            while time.monotonic() < until:
                peer.raw(flood(peer, kind))
                drain(peer)

    with Peer(node) as honest, contextlib.ExitStack() as stack:
        honest.handshake().sync()
        shouters = [threading.Thread(target=shout, args=(stack.enter_context(Peer(node, v2)),)) for _ in range(3)]
        for one in shouters:
            one.start()
        waited = []
        while any(one.is_alive() for one in shouters):
            since = time.monotonic()
            honest.sync()
            waited.append(time.monotonic() - since)
            time.sleep(0.05)
        # The machine itself may stand still once. Whom nobody hears would wait all the time, and so not often.
        assert len(waited) > 4 and sorted(waited)[-2] < 2, waited
