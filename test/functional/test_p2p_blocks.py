# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Headers and blocks from peers that lie, stand still or hide something, beside one that is honest."""

import contextlib
import struct
import time

import pytest
from framework import wait_for
from p2p import (BLOCK, GENESIS, WITNESS_FLAG, Block, Chain, Closed, Listener, ListeningNode, Peer, coinbase,
                 compact, headers, inventory, locator, mine, read_inventory, sha256d, take_compact, text, version)

HEIGHT = 110  # the first ten coinbases can be spent
OLD_CLOCK = ["-maxtipage=1000000000"]


@pytest.fixture(params=[True, False], ids=["v2", "v1"])
def v2(request):
    return request.param


@pytest.fixture
def chain():
    """Young: its blocks are of the last hours."""
    return Chain(HEIGHT, start=int(time.time()) - 7200)


@pytest.fixture
def node(chain):
    with ListeningNode() as node:
        node.start("-peertimeout=5")
        with Peer(node) as peer:
            bring(node, peer.handshake(), chain)
        yield node


def bring(node, peer, chain):
    peer.send("headers", headers(chain.headers()[-2000:]))
    peer.serve(chain, lambda: node.getbestblockhash() == chain.name)


def next_block(chain, extra=b"\1"):
    return Block(chain.tip, len(chain.blocks) + 1, int(time.time()) - 60, extra)


def spend_block(chain, transactions=1, first=0):
    """A block with transactions behind its coinbase, which spend the coinbases from number `first` on."""
    block = next_block(chain)
    others = []
    for spent in chain.blocks[first:][:transactions]:
        others.append(struct.pack("<i", 2) + b"\1" + sha256d(spent.coinbase) + bytes(4) + b"\0" + b"\xff" * 4 + b"\1"
                      + struct.pack("<q", 1000) + text(b"\x51") + bytes(4))
    block.transactions = [block.coinbase, *others]
    block.header = mine(chain.tip, merkle_root([sha256d(raw) for raw in block.transactions]), int(time.time()) - 60)
    block.hash = sha256d(block.header)
    block.raw = block.header + compact(len(block.transactions)) + b"".join(block.transactions)
    return block


def merkle_root(hashes):
    while len(hashes) > 1:
        if len(hashes) % 2:
            hashes.append(hashes[-1])
        hashes = [sha256d(hashes[i] + hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def compact_form(block, prefilled=1):
    """BIP152 with the first `prefilled` transactions; the short ids of the others are made up."""
    short = b"".join(bytes([i]) * 6 for i in range(1, len(block.transactions) - prefilled + 1))
    return (block.header + bytes(8) + compact(len(short) // 6) + short + compact(prefilled)
            + b"".join(b"\0" + raw for raw in block.transactions[:prefilled]))


def read_request(payload):
    """(block, differential indexes) of getblocktxn."""
    count, at = take_compact(payload, 32)
    indexes = []
    for _ in range(count):
        index, at = take_compact(payload, at)
        indexes.append(index)
    return payload[:32], indexes


# --- headers ---------------------------------------------------------------------------------------------------------


def test_B015_P10_a_long_chain_of_little_work(v2):
    """Counted while it comes, and not kept."""
    with ListeningNode() as node, Peer(node.start("-minimumchainwork=0x100000", *OLD_CLOCK), v2) as peer:
        chain = []
        previous = GENESIS
        for i in range(20_000):
            header = mine(previous, bytes(32), 1296688602 + 600 + i)
            previous = sha256d(header)
            chain.append(header)
        peer.handshake()
        peer.wait("getheaders")
        for at in range(0, len(chain), 2000):
            peer.send("headers", headers(chain[at:at + 2000]))
            if at + 2000 < len(chain):
                asked = peer.wait("getheaders")
                assert asked[5:37] == sha256d(chain[at + 1999])  # the next ones, from where it stands
                shown = node.getpeerinfo()[0]
                assert shown["presynced_headers"] == at + 2000
                assert 0 < shown["memory"]["presync"] < 2_000_000
        peer.send("headers", headers([mine(previous, bytes(32), 1296688602 + 600 + 20_000)]))
        peer.sync()
        assert node.getpeerinfo()[0]["presynced_headers"] == -1
        assert node.getpeerinfo()[0]["memory"]["presync"] == 0
        assert node.getblockchaininfo()["headers"] == 0
        assert len(node.getchaintips()) == 1


def test_B015_other_headers_the_second_time(v2):
    """Enough work the first time, another chain the second time: none of it is kept.

    One header in 641 leaves a secret bit, so another chain of this length passes once in 2^30 times."""
    length, batch = 20_000, 2000

    def make(seed):
        chain, previous = [], GENESIS
        for i in range(length):
            header = mine(previous, bytes([seed]) * 32, 1296688602 + 600 + i)
            previous = sha256d(header)
            chain.append(header)
        return chain

    first, second = make(1), make(2)
    enough = 2 * (length - 50)  # a header of regtest is work 2
    with ListeningNode() as node, Peer(node.start(f"-minimumchainwork={enough:#x}", *OLD_CLOCK), v2) as peer:
        peer.handshake()
        peer.wait("getheaders")
        for at in range(0, length, batch):
            peer.send("headers", headers(first[at:at + batch]))
            asked = peer.wait("getheaders")
        assert asked[5:37] == GENESIS  # all of it was counted, and is to come once more
        # One of its bits is another one, in the first messages already.
        with contextlib.suppress(Closed, OSError):
            for at in range(0, length, batch):
                peer.send("headers", headers(second[at:at + batch]))
                peer.sync()
        assert peer.is_gone()
        assert node.getblockchaininfo()["headers"] == 0
        wait_for(lambda: node.getpeerinfo() == [])


# --- blocks that are announced and do not come -----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["headers", "inv", "cmpctblock"])
def test_B049_P19_a_block_that_is_announced_and_never_sent(node, chain, v2, how):
    with Peer(node, v2) as liar, Peer(node) as honest:
        liar.handshake()
        honest.handshake()
        for peer in (liar, honest):
            peer.send("sendcmpct", struct.pack("<BQ", 0, 2))
            peer.send("headers", headers([])).sync()
        block = spend_block(chain)
        if how == "headers":
            liar.send("headers", headers([block.header]))
        elif how == "inv":
            liar.send("inv", inventory([(BLOCK, block.hash)]))
            liar.wait("getheaders")
            liar.send("headers", headers([block.header]))
        else:
            liar.send("cmpctblock", compact_form(block))
        if how == "cmpctblock":
            assert read_request(liar.wait("getblocktxn"))[0] == block.hash
        else:
            assert block.hash in [name for _, name in read_inventory(liar.wait("getdata"))]
        chain.blocks.append(block)
        honest.send("headers", headers([block.header]))
        honest.serve(chain, lambda: node.getbestblockhash() == block.name, 15)  # the liar itself has ten minutes


def test_B020_wrong_transactions(node, chain, v2):
    block = spend_block(chain, 2)
    with Peer(node, v2) as peer:
        peer.handshake().send("sendcmpct", struct.pack("<BQ", 0, 2)).sync()
        peer.send("cmpctblock", compact_form(block))
        assert read_request(peer.wait("getblocktxn")) == (block.hash, [1, 0])
        assert 0 < node.getpeerinfo()[0]["memory"]["compact_blocks"] < 10_000
        wrong = coinbase(77)
        peer.send("blocktxn", block.hash + compact(2) + wrong + block.transactions[2])
        # Nobody is to blame for a short id that two transactions have: the whole block is asked for.
        wanted = read_inventory(peer.wait("getdata"))
        assert wanted == [(BLOCK | WITNESS_FLAG, block.hash)]
        peer.send("blocktxn", block.hash + compact(2) + b"".join(block.transactions[1:])).sync()  # the second is ignored
        assert node.getbestblockhash() == chain.name
        peer.send("block", block.raw)
        wait_for(lambda: node.getbestblockhash() == block.name)
        assert node.getpeerinfo()[0]["memory"]["compact_blocks"] == 0


def test_B020_the_wrong_number_of_transactions(node, chain, v2):
    block = spend_block(chain, 2)
    with Peer(node, v2) as peer:
        peer.handshake().send("sendcmpct", struct.pack("<BQ", 0, 2)).sync()
        peer.send("cmpctblock", compact_form(block))
        peer.wait("getblocktxn")
        peer.send("blocktxn", block.hash + compact(1) + block.transactions[1])
        assert peer.is_gone()


def test_B022_transactions_that_the_block_does_not_have(chain, v2):
    with ListeningNode() as node:
        node.start()
        node.generate(3)  # young and our own: served from memory
        tip = bytes.fromhex(node.getbestblockhash())[::-1]
        with Peer(node, v2) as peer:
            peer.handshake().send("getblocktxn", tip + b"\1\5")
            try:
                said = peer.sync()
            except Closed:
                return  # out of range
            assert "blocktxn" not in said


def test_P19_a_compact_block_without_proof_of_work(node, chain, v2):
    block = next_block(chain)
    block.transactions = [block.coinbase]
    harder = block.header[:72] + struct.pack("<I", 0x1D00FFFF) + block.header[76:]
    with Peer(node, v2) as peer:
        peer.handshake().sync()
        block.header = harder
        peer.send("cmpctblock", compact_form(block))
        assert peer.is_gone()
    assert node.getbestblockhash() == chain.name


def test_P19_a_whole_compact_block_needs_no_more(node, chain, v2):
    block = next_block(chain)
    with Peer(node, v2) as peer:
        peer.handshake().sync()
        peer.send("cmpctblock", block.compact_form())
        wait_for(lambda: node.getbestblockhash() == block.name)


def test_P18_a_peer_that_stands_still_during_the_download(v2):
    """It announces all blocks and gives none: another one gives them."""
    chain = Chain(200)
    with ListeningNode() as node:
        node.start(*OLD_CLOCK)
        with Peer(node, v2) as still, Peer(node) as honest:
            still.handshake()
            still.send("headers", headers(chain.headers()))
            still.wait("getdata")
            honest.handshake()
            honest.send("headers", headers(chain.headers()))
            honest.serve(chain, lambda: node.getblockcount() == 200, 60)


# --- blocks that are wrong -------------------------------------------------------------------------------------------


def test_P20_an_invalid_block_ends_the_connection(node, chain, v2):
    block = spend_block(chain, first=-1)  # not mature
    with Peer(node, v2) as peer:
        peer.handshake().send("headers", headers([block.header]))
        peer.wait("getdata")
        peer.send("block", block.raw)
        assert peer.is_gone()
    assert node.getbestblockhash() == chain.name


def test_P20_a_mutated_block_does_not_condemn_the_real_one(node, chain, v2):
    block = next_block(chain)
    mutated = block.header + compact(2) + block.coinbase + coinbase(5)
    with Peer(node, v2) as liar:
        liar.handshake().send("headers", headers([block.header]))
        liar.wait("getdata")
        liar.send("block", mutated)
        assert liar.is_gone()
    chain.blocks.append(block)
    with Peer(node, v2) as honest:
        honest.handshake()
        bring(node, honest, chain)


def test_V45_B019_a_mutated_block_that_nobody_asked_for_takes_nothing_from_others(node, chain, v2):
    """It comes while another peer is asked for the real one: that one's answer counts all the same."""
    block = next_block(chain)
    mutated = block.header + compact(2) + block.coinbase + coinbase(5)
    with Peer(node, v2) as honest, Peer(node, v2) as liar:
        honest.handshake().send("headers", headers([block.header]))
        honest.wait("getdata")
        liar.handshake().send("block", mutated)
        assert liar.is_gone()
        honest.send("block", block.raw)
        wait_for(lambda: node.getbestblockhash() == block.name)
        honest.sync()


def test_P20_a_ban_refuses_the_next_connection(node, v2):
    with Peer(node, v2) as peer:
        peer.handshake().sync()
        node.setban("127.0.0.1", "add")
        assert peer.is_gone()
    with pytest.raises((Closed, ConnectionError)), Peer(node, v2) as peer:
        peer.handshake()
    assert [ban["address"] for ban in node.listbanned()] == ["127.0.0.1/32"]
    node.setban("127.0.0.1", "remove")
    with Peer(node, v2) as peer:
        peer.handshake().sync()


# --- what is shown, and what not -------------------------------------------------------------------------------------


def test_P21_P30_young_stale_blocks_are_served_and_old_ones_are_not(node, chain, v2):
    fork = Chain(0, base=chain)
    del fork.blocks[-2:]
    fork.fork = 9
    fork.extend(2)
    longer = Chain(0, base=fork)
    longer.extend(3)
    with Peer(node, v2) as peer:
        bring(node, peer.handshake(), longer)  # now the last two blocks of `chain` are stale
    with Peer(node, v2) as peer:
        peer.handshake().send("getdata", inventory([(BLOCK | WITNESS_FLAG, chain.blocks[-1].hash)]))
        assert peer.wait("block") == chain.blocks[-1].raw
        # A month later nobody is shown that we ever had it.
        node.setmocktime(int(time.time()) + 40 * 86400)
        peer.send("getdata", inventory([(BLOCK | WITNESS_FLAG, chain.blocks[-1].hash)]))
        assert "block" not in peer.sync()
        peer.send("getheaders", locator([], stop=chain.blocks[-1].hash))
        assert "headers" not in peer.sync()
        peer.send("getdata", inventory([(BLOCK | WITNESS_FLAG, fork.blocks[-1].hash)]))
        assert peer.wait("block") == fork.blocks[-1].raw


def test_P17_getaddr_is_answered_once(node, v2):
    with Peer(node, v2) as peer:
        peer.handshake().sync()
        first = peer.send("getaddr").sync()
        assert [name for name in peer.send("getaddr").sync() if name.startswith("addr")] == []
        assert set(first) <= {"addr", "addrv2"}


def test_P27_the_clocks_of_others_do_not_move_ours(node, chain, v2):
    before = node.getblockchaininfo()["time"]
    for offset in (-10**6, 10**6):
        with Peer(node, v2) as peer:
            peer.handshake(when=int(time.time()) + offset).sync()
            assert abs(node.getpeerinfo()[0]["timeoffset"] - offset) < 10
    assert node.getblockchaininfo()["time"] == before
    block = Block(chain.tip, HEIGHT + 1, int(time.time()) + 3 * 3600)  # too new, whatever peers say
    with Peer(node, v2) as peer:
        peer.handshake(when=int(time.time()) + 10**6).send("headers", headers([block.header]))
        with pytest.raises((TimeoutError, Closed)):
            peer.wait("getdata", 1)
    assert node.getbestblockhash() == chain.name


def test_B007_P05_we_never_stay_connected_with_ourselves(node):
    node.addnode(node.address, "onetry")
    wait_for(lambda: "ourselves" in node.log())
    wait_for(lambda: node.getconnectioncount() == 0)


def test_P05_who_is_called_may_be_silent(node, v2):
    with Listener() as listener:
        node.addnode(listener.address, "onetry")
        with listener.accept() as called:
            assert called.is_gone(30)


def test_an_honest_peer_that_is_called(node, chain, v2):
    """The other direction, with the tests' own responder."""
    longer = Chain(5, base=chain)
    with Listener() as listener:
        node.addnode(listener.address, "add")
        with listener.accept(v2) as called:
            called.handshake()
            called.serve(longer, lambda: node.getbestblockhash() == longer.name)
            assert node.getpeerinfo()[0]["transport_protocol_type"] == ("v2" if v2 else "v1")
        node.addnode(listener.address, "remove")


def test_P26_what_peers_do_fills_no_log(node):
    """3,000 offences are lines of the log, not megabytes."""
    def size():
        return (node.network_directory / "debug.log").stat().st_size

    before = size()
    node.logging([], ["net"])
    for _ in range(300):
        with Peer(node, v2=False) as peer:
            peer.handshake(agent="x" * 256).send("getheaders", locator([bytes(32)] * 102))
            assert peer.is_gone()
    assert size() - before < 300 * 500


def test_messages_are_captured(v2):
    """-capturemessages writes what both sides say in bitcoind's form."""
    def read(path):
        data, at = path.read_bytes(), 0
        while at < len(data):
            when, name, length = struct.unpack_from("<q12sI", data, at)
            assert abs(when / 1e6 - time.time()) < 60
            yield name.rstrip(b"\0").decode(), data[at + 24:at + 24 + length]
            at += 24 + length

    with ListeningNode() as node:
        node.start("-capturemessages")
        with Peer(node, v2) as peer:
            peer.handshake(agent="/captured/").send("inv", inventory([])).sync()
            directory = node.network_directory / "message_capture" / peer.own_address.replace(":", "_")
            heard, said = list(read(directory / "msgs_recv.dat")), list(read(directory / "msgs_sent.dat"))
    assert [name for name, _ in heard][:6] == ["version", "wtxidrelay", "sendaddrv2", "verack", "inv", "ping"]
    assert b"/captured/" in heard[0][1] and heard[4][1] == b"\0"
    assert [name for name, _ in said][:len(peer.heard)] == peer.heard


def test_P30_nothing_is_said_to_those_who_do_not_introduce_themselves(node, v2):
    with Peer(node, v2) as peer:
        peer.agree()
        with pytest.raises(TimeoutError):
            peer.receive(1)
        peer.send("version", version())
        peer.wait("verack")
        with pytest.raises(TimeoutError):  # nor before both have agreed
            peer.receive(1)
        assert set(peer.heard) == {"version", "wtxidrelay", "sendaddrv2", "verack"}


def test_B013_P21_a_pruned_node_says_nothing_about_what_it_lacks(v2):
    with ListeningNode() as node:
        node.start("-prune=1", "-fastprune", *OLD_CLOCK)
        node.generate(1400)
        assert node.pruneblockchain(800) > 300
        first = node.getblockhash(1)
        with pytest.raises(Exception, match="pruned"):
            node.getblock(first)
        with Peer(node, v2) as peer:
            peer.handshake().sync()
            assert node.getnetworkinfo()["localservicesnames"].count("NETWORK") == 0
            recent = bytes.fromhex(node.getbestblockhash())[::-1]
            peer.send("getdata", inventory([(BLOCK | WITNESS_FLAG, recent)]))
            assert sha256d(peer.wait("block")[:80]) == recent
            peer.send("getdata", inventory([(BLOCK | WITNESS_FLAG, bytes.fromhex(first)[::-1])]))
            try:
                assert "block" not in peer.sync()
            except Closed:
                pass  # deeper than it has promised
            assert node.getblockcount() == 1400
