# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Bytes that no good peer sends, over both transports: what each of them leads to, and that nobody else suffers.

One node for all; behind each test its chain is the same and an honest peer is served. A message that cannot be read is
dropped and logged, one that breaks a limit of the protocol ends the connection.
"""

import contextlib
import os
import random
import struct

import p2p_v2
import pytest
from framework import wait_for
from p2p import (BLOCK, COMPACT, FILTERED, GENESIS, MAGIC, NETWORK, P2P_V2, TX, WITNESS, WITNESS_FLAG, WTX, Block, Chain,
                 Closed, Listener, ListeningNode, Peer, compact, frame_v1, headers, inventory, locator, mine, read_headers,
                 read_inventory, resident, sha256d, spoil, take_compact, text, version)

HEIGHT = 120
CHAIN = Chain(HEIGHT)


@pytest.fixture(scope="module")
def shared_node():
    with ListeningNode() as node:
        node.start("-peertimeout=3", "-maxtipage=1000000000")
        with Peer(node) as peer:
            peer.handshake()
            peer.send("headers", headers(CHAIN.headers()))
            peer.serve(CHAIN, lambda: node.getblockcount() == HEIGHT)
        yield node
        assert "warning" not in node.printed().lower()


@pytest.fixture
def node(shared_node):
    yield shared_node
    wait_for(lambda: shared_node.getconnectioncount() == 0)
    assert shared_node.getbestblockhash() == CHAIN.name
    with Peer(shared_node) as peer:
        assert "pong" not in peer.handshake().sync()


@pytest.fixture(params=[True, False], ids=["v2", "v1"])
def v2(request):
    return request.param


@pytest.fixture
def peer(node, v2):
    with Peer(node, v2) as peer:
        peer.handshake().sync()
        yield peer


def ignored(peer, name, payload=b""):
    """The node goes on as before; what it said."""
    return peer.send(name, payload).sync()


def dropped(node, peer, name, payload, why):
    """As before, and the log says why."""
    before = node.log().count(why)
    assert ignored(peer, name, payload) == []
    assert node.log().count(why) > before, node.log()[-500:]


def hangs_up(peer, name, payload=b""):
    peer.send(name, payload)
    return peer.is_gone()


def expect_in_log(node, text, count=2000):
    """Among the last lines; the one about a connection that ended may come a moment after its end."""
    wait_for(lambda: text in node.log()[-count:], 10)


# --- frames of version 1 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("magic", ["f9beb4d9", "0b110907", "00000000"])
def test_B001_another_network(node, magic):
    with Peer(node, v2=False) as peer:
        peer.raw(frame_v1("version", version(), magic=bytes.fromhex(magic)))
        assert peer.rest() == b""


@pytest.mark.parametrize("name", ["block", "version", "nonsense"])
@pytest.mark.parametrize("length", [4_000_001, 0x7FFFFFFF, 0xFFFFFFFF])
def test_B003_P01_a_length_over_the_limit(node, name, length):
    with Peer(node, v2=False) as peer:
        peer.handshake().sync()
        peer.raw(frame_v1(name, b"", length=length, checksum=b"abcd"))
        assert peer.is_gone()
    expect_in_log(node, "message too long")


def test_B003_P01_the_largest_message(node, peer):
    assert ignored(peer, "nonsense", bytes(4_000_000)) == []
    assert ignored(peer, "ping", bytes(4_000_000)) == []


def test_B004_a_wrong_checksum(node):
    with Peer(node, v2=False) as peer:
        peer.handshake().sync()
        for payload in (b"", bytes(8), bytes(100_000)):
            peer.raw(frame_v1("ping", payload, checksum=b"\1\2\3\4"))
        assert peer.sync() == []
    expect_in_log(node, "wrong checksum")


@pytest.mark.parametrize("name", [b"pi\0ng", b"\0ping", b"ping\0x", b"pi\x80ng", b"pi\nng", b" \x7f", bytes(12)])
def test_B037_names_that_are_none(node, v2, name):
    with Peer(node, v2) as peer:
        peer.handshake().sync()
        for _ in range(3):
            assert ignored(peer, name, os.urandom(20)) == []
    expect_in_log(node, "name")


@pytest.mark.parametrize("name", ["nonsense", "x", "Ping", "twelve-chars"])
def test_B037_commands_that_nobody_knows(node, peer, name):
    assert ignored(peer, name, os.urandom(100)) == []
    told = node.getpeerinfo()[0]["bytesrecv_per_msg"]
    assert told["*other*"] >= 100 and name not in told


# --- the handshake ---------------------------------------------------------------------------------------------------


def begin(node, v2, payload):
    """A connection on which this was said as `version`."""
    return Peer(node, v2).agree().send("version", payload)


@pytest.mark.parametrize("agent", [b"x" * 257, b"x" * 4_000_000], ids=["257 bytes", "4 MB"])
def test_B006_a_user_agent_that_is_too_long(node, v2, agent):
    payload = version(agent=agent)[:4_000_000]
    with begin(node, v2, payload) as peer:
        assert peer.is_gone(30)  # no handshake
        assert peer.heard == []
    expect_in_log(node, "handshake takes too long")


@pytest.mark.parametrize("agent", [b"/\0\1\x1b[31m<b>\"'\\/\r\n/", b"\xff\xfe\xc3\x28" * 64, b""],
                         ids=["control characters", "not UTF-8", "none"])
def test_B006_a_user_agent_is_shown_escaped(node, v2, agent):
    with Peer(node, v2) as peer:
        peer.handshake(agent=agent).sync()
        shown = node.getpeerinfo()[0]["subver"]
        assert shown == "".join(chr(c) for c in agent if c < 128 and (chr(c).isalnum() or chr(c) in " .,;-_/:?@()"))
    log = (node.network_directory / "debug.log").read_bytes()
    assert b"\x1b" not in log and b"\xff" not in log and b"\0" not in log


def test_B006_a_version_cut_at_every_byte(node, v2):
    payload = version()
    with contextlib.ExitStack() as stack:
        peers = {length: stack.enter_context(begin(node, v2, payload[:length])) for length in range(len(payload))}
        for length, peer in peers.items():
            if length == len(payload) - 1:  # the wish for transactions came late to the protocol
                peer.wait("version")
            else:
                assert peer.is_gone(30), length


def test_B007_an_obsolete_protocol(node, v2):
    with begin(node, v2, version(protocol=31_799)) as peer:
        assert peer.is_gone()
    with Peer(node, v2) as peer:
        peer.handshake(protocol=31_800, say=())
        assert node.getpeerinfo()[0]["version"] == 31_800


@pytest.mark.parametrize("about", [{"height": -5}, {"height": 2**31 - 1}, {"services": 2**64 - 1}, {"when": -2**63},
                                   {"when": 2**63 - 1}, {"protocol": 2**31 - 1}], ids=str)
def test_B007_odd_numbers_are_accepted(node, v2, about):
    with Peer(node, v2) as peer:
        peer.handshake(**about).sync()
        shown = node.getpeerinfo()[0]
        assert shown["version"] == about.get("protocol", 70_016)
        assert abs(shown["timeoffset"]) < 2**33


def test_B007_our_own_nonce(node, v2):
    with Listener() as listener:
        node.addnode(listener.address, "onetry")
        with listener.accept(v2) as called:
            called.handshake().sync()
            nonce = called.version[72:80]
            with begin(node, v2, version(nonce=nonce)) as peer:
                assert peer.is_gone()
            assert called.sync() == []


@pytest.mark.parametrize("name", ["wtxidrelay", "sendaddrv2", "sendtxrcncl", "feature"])
def test_B009_words_of_the_handshake_behind_it(node, peer, name):
    payload = {"sendtxrcncl": struct.pack("<IQ", 1, 7), "feature": text("test-feature") + text("")}.get(name, b"")
    assert hangs_up(peer, name, payload)


def test_B009_P05_what_comes_too_early_or_twice_is_ignored(node, v2):
    with Peer(node, v2) as peer:
        peer.agree()
        if v2:  # without encryption a connection begins with `version`, or with a key
            peer.send("ping", bytes(8)).send("verack").send("getheaders", locator([GENESIS]))
        peer.handshake()
        peer.send("version", version(protocol=31_000, agent="/other/")).send("verack")
        assert peer.sync().count("pong") == 0
        assert node.getpeerinfo()[0]["subver"] == "/test/"


# --- announcements and questions -------------------------------------------------------------------------------------


def test_B010_many_unknown_blocks_are_one_question(node, peer):
    peer.send("headers", headers([]))  # the answer to the node's first question
    for _ in range(3):
        said = ignored(peer, "inv", inventory([(BLOCK, os.urandom(32)) for _ in range(50_000)]))
        assert said in (["getheaders"], [])
    assert peer.heard.count("getheaders") == 2
    assert hangs_up(peer, "inv", inventory([(BLOCK, bytes(32))] * 50_001))


def test_B010_an_unknown_block_among_known_ones_is_asked_for(node, peer):
    peer.send("headers", headers([]))
    said = ignored(peer, "inv", inventory([(BLOCK, os.urandom(32)), (BLOCK, CHAIN.tip)]))
    assert said == ["getheaders"]


def test_B011_inventory_of_no_use(node, peer):
    for items in ([], [(0, bytes(32))], [(77, os.urandom(32))] * 50, [(WITNESS_FLAG | BLOCK, os.urandom(32))] * 50,
                  [(0xFFFFFFFF, bytes(32))], [(FILTERED, bytes(32)), (COMPACT, bytes(32))], [(BLOCK, CHAIN.tip)] * 1000):
        assert "getdata" not in ignored(peer, "inv", inventory(items))
    dropped(node, peer, "inv", compact(3) + bytes(36), "inv that is none")


def test_B012_questions_for_what_nobody_has(node, peer):
    for kind in (TX, WTX, TX | WITNESS_FLAG, 0, 77):
        peer.send("getdata", inventory([(kind, os.urandom(32)) for _ in range(50_000)]))
        missing = read_inventory(peer.wait("notfound", 20))
        assert len(missing) > 0
    assert ignored(peer, "getdata", inventory([(BLOCK, os.urandom(32)) for _ in range(50_000)])) == []
    assert hangs_up(peer, "getdata", inventory([(BLOCK, bytes(32))] * 50_001))


def test_B013_blocks_that_are_not_to_be_had(node, peer):
    future = Block(CHAIN.tip, HEIGHT + 1, CHAIN.start + HEIGHT + 1)
    assert ignored(peer, "getdata", inventory([(BLOCK | WITNESS_FLAG, future.hash), (BLOCK, os.urandom(32))])) == []
    stale = Chain(10, fork=1)  # years old
    for block in stale.blocks:
        peer.send("block", block.raw)
    peer.send("headers", headers(stale.headers()))
    peer.sync()
    assert "block" not in ignored(peer, "getdata", inventory([(BLOCK, block.hash) for block in stale.blocks]))
    peer.send("getdata", inventory([(BLOCK, CHAIN.blocks[5].hash)]))
    assert peer.wait("block") == CHAIN.blocks[5].raw


# --- headers ---------------------------------------------------------------------------------------------------------


def test_B014_too_many_headers(node, peer):
    chain = [mine(GENESIS, bytes(32), CHAIN.start)] * 2001
    assert hangs_up(peer, "headers", headers(chain))


def test_B014_headers_that_are_no_chain(node, peer):
    some = CHAIN.headers()
    assert hangs_up(peer, "headers", headers([some[0], some[2]]))


def test_B014_P09_headers_without_proof_of_work(node, peer):
    assert hangs_up(peer, "headers", headers([spoil(mine(CHAIN.tip, os.urandom(32), CHAIN.start + HEIGHT + 1))]))


def test_B014_P09_headers_with_an_easier_target(node, peer):
    easier = mine(CHAIN.tip, os.urandom(32), CHAIN.start + HEIGHT + 1, bits=0x207FFFFE)
    assert hangs_up(peer, "headers", headers([easier]))


def test_B014_fewer_headers_than_announced(node, peer):
    whole = headers(CHAIN.headers()[:3])
    dropped(node, peer, "headers", compact(4) + whole[1:], "headers that is none")
    dropped(node, peer, "headers", whole[:-1], "headers that is none")


def test_B014_transaction_counts_mean_nothing(node, peer):
    assert ignored(peer, "headers", headers(CHAIN.headers()[-5:], transactions=7)) == []


def test_B014_headers_that_connect_to_nothing(node, peer):
    for _ in range(30):
        said = ignored(peer, "headers", headers([mine(os.urandom(32), bytes(32), CHAIN.start)]))
        assert said in (["getheaders"], [])
    assert node.getblockchaininfo()["headers"] == HEIGHT


def test_B017_P11_locators(node, peer):
    some = [block.hash for block in reversed(CHAIN.blocks)]
    peer.send("getheaders", locator(some[:101]))
    assert read_headers(peer.wait("headers")) == []
    peer.send("getheaders", locator([], stop=CHAIN.blocks[7].hash))
    assert read_headers(peer.wait("headers")) == [CHAIN.blocks[7].header]
    peer.send("getheaders", locator([os.urandom(32)]))
    assert read_headers(peer.wait("headers")) == CHAIN.headers()
    peer.send("getblocks", locator([]))
    assert read_inventory(peer.wait("inv")) == [(BLOCK, block.hash) for block in CHAIN.blocks]


@pytest.mark.parametrize("name", ["getheaders", "getblocks"])
def test_B017_P11_a_locator_that_is_too_long(node, peer, name):
    assert hangs_up(peer, name, locator([bytes(32)] * 102))


@pytest.mark.parametrize("count", [2**32 - 1, 2**32, 2**64 - 1])
def test_B017_a_locator_that_claims_too_much(node, v2, count):
    before = resident(node)
    for name in ("getheaders", "getblocks", "inv", "getdata", "notfound", "headers", "addr", "addrv2"):
        with Peer(node, v2) as peer:
            peer.handshake().sync()
            start = struct.pack("<i", 70016) if name.startswith("get") and name != "getdata" else b""
            peer.send(name, start + compact(count) + bytes(100))
            try:
                assert peer.sync() == []
            except Closed:
                pass  # over the limit of the protocol
    assert resident(node) - before < 50 << 20


# --- blocks ----------------------------------------------------------------------------------------------------------


def test_B018_a_block_cut_at_every_byte(node, peer):
    new = Block(CHAIN.tip, HEIGHT + 1, CHAIN.start + HEIGHT + 1)
    for length in range(len(new.raw)):
        peer.send("block", new.raw[:length])
        if length % 50 == 0:
            assert "getdata" not in peer.sync()
    peer.sync()
    assert node.getblockcount() == HEIGHT


def test_B018_a_block_with_junk_behind_it(node, peer):
    new = Block(CHAIN.tip, HEIGHT + 1, CHAIN.start + HEIGHT + 1)
    for junk in (b"\0", os.urandom(3_000_000)):
        dropped(node, peer, "block", new.raw + junk, "bytes after the end")
    assert node.getblockcount() == HEIGHT
    files = sum(path.stat().st_size for path in (node.network_directory / "blocks").glob("blk*.dat"))
    assert files < 64 << 20


def test_P22_unasked_blocks_of_little_work(node, peer):
    """Ignored: neither stored nor held against anybody."""
    fork = Chain(3, fork=9)
    for block in fork.blocks:
        peer.send("block", block.raw)
    peer.sync()
    with pytest.raises(Exception, match="not found|Block not"):
        node.getblock(fork.blocks[0].name)


def test_B020_transactions_of_a_block_that_nobody_asked_for(node, peer):
    for payload in (os.urandom(32) + b"\0", CHAIN.tip + b"\1" + CHAIN.blocks[-1].coinbase):
        assert ignored(peer, "blocktxn", payload) == []
    dropped(node, peer, "blocktxn", bytes(32) + b"\5", "blocktxn that is none")


def test_B022_questions_for_transactions(node, peer):
    def ask(block, indexes):
        return block.hash + compact(len(indexes)) + b"".join(map(compact, indexes))

    # 11 deep: the block, which is asked for in the same way as any other.
    peer.send("getblocktxn", ask(CHAIN.blocks[-12], [0]))
    assert peer.wait("block") == CHAIN.blocks[-12].raw
    peer.send("getblocktxn", ask(CHAIN.blocks[-1], [0]))
    assert peer.answer()[0] in ("blocktxn", "block")  # from disk the whole costs no more
    assert ignored(peer, "getblocktxn", os.urandom(32) + b"\1\0") == []
    dropped(node, peer, "getblocktxn", ask(CHAIN.blocks[-1], [0xFFFF, 0]), "getblocktxn that is none")


def test_B023_modes_and_versions_of_compact_blocks(node, v2):
    for mode, number in ((0, 0), (1, 2**64 - 1), (1, 1), (0, 2)):
        with Peer(node, v2) as peer:
            assert "sendcmpct" not in ignored(peer.handshake(), "sendcmpct", struct.pack("<BQ", mode, number))[1:]
    for mode in (2, 255):
        with Peer(node, v2) as peer:
            peer.handshake().sync()
            assert hangs_up(peer, "sendcmpct", struct.pack("<BQ", mode, 2))


# --- addresses -------------------------------------------------------------------------------------------------------


def address(network=1, data=b"\1\2\3\4", port=8333, when=None, services=1):
    when = CHAIN.start if when is None else when
    return struct.pack("<I", when) + compact(services) + bytes([network]) + text(data) + struct.pack(">H", port)


def test_B024_addresses(node, peer):
    assert ignored(peer, "addrv2", compact(0)) == []
    for odd in (address(port=0), address(when=0), address(when=0xFFFFFFFF), address(3, bytes(10)), address(99, bytes(512)),
                address(services=2**64 - 1)):
        assert ignored(peer, "addrv2", compact(1) + odd) == []
    for broken in (address(99, bytes(513)), address(1, bytes(5)), address(4, bytes(31)), address(2, bytes(4)),
                   address()[:-1]):
        dropped(node, peer, "addrv2", compact(1) + broken, "addrv2 that is none")
    assert hangs_up(peer, "addrv2", compact(1001) + address() * 1001)


def test_B024_addresses_in_the_old_form(node, peer):
    old = struct.pack("<IQ", CHAIN.start, 1) + bytes(10) + b"\xff\xff\1\2\3\4" + struct.pack(">H", 8333)
    assert ignored(peer, "addr", compact(1000) + old * 1000) == []
    dropped(node, peer, "addr", compact(2) + old, "addr that is none")
    assert hangs_up(peer, "addr", compact(1001) + old * 1001)


def test_B025_many_addresses_cost_nothing(node, peer):
    for _ in range(30):
        entries = b"".join(address(data=os.urandom(4)) for _ in range(1000))
        peer.send("addrv2", compact(1000) + entries)
    assert peer.sync(30) == []


# --- the rest --------------------------------------------------------------------------------------------------------


def test_B031_missing_things_that_nobody_wanted(node, peer):
    assert ignored(peer, "notfound", inventory([(BLOCK, os.urandom(32)) for _ in range(50_000)])) == []
    assert ignored(peer, "notfound", inventory([(TX, os.urandom(32)) for _ in range(50_000)])) == []


@pytest.mark.parametrize("name, payload", [("mempool", b""), ("filterload", text(bytes(8)) + struct.pack("<IIB", 1, 0, 0)),
                                           ("filteradd", text(b"x")), ("filterclear", b"")])
def test_B032_services_that_are_not_offered(node, peer, name, payload):
    assert hangs_up(peer, name, payload)


def test_B032_getblocks_is_bounded(node, peer):
    for _ in range(1000):
        peer.send("getblocks", locator([GENESIS]))
    said = peer.sync(30)
    assert set(said) <= {"inv"} and len(said) == 1000


@pytest.mark.parametrize("payload", [text(bytes(36_001)) + struct.pack("<IIB", 1, 0, 0),
                                     text(bytes(8)) + struct.pack("<IIB", 51, 0, 0),
                                     text(b"") + struct.pack("<IIB", 1, 0, 0)], ids=["36001", "51 functions", "empty"])
def test_B033_filters(node, peer, payload):
    assert hangs_up(peer, "filterload", payload)


def test_B033_an_element_that_is_too_long(node, peer):
    assert hangs_up(peer, "filteradd", text(bytes(521)))


def test_B034_pings(node, peer):
    assert ignored(peer, "ping", b"") == []
    for payload in (bytes(8), b"abcdefgh", b"abcdefghi", b"abcdefgh" + bytes(1000)):
        peer.send("ping", payload)
        assert peer.wait("pong") == payload[:8]
    assert ignored(peer, "ping", bytes(4_000_000)) == []
    dropped(node, peer, "ping", bytes(7), "ping that is none")


def test_B034_pongs(node, v2):
    with Peer(node, v2) as peer:
        peer.handshake()
        nonce = peer.wait("ping")  # answered
        for wrong in (b"", bytes(8), os.urandom(8), nonce, nonce, nonce + b"x", bytes(100_000)):
            peer.send("pong", wrong)
        assert peer.sync() == []
        wait_for(lambda: "pingtime" in node.getpeerinfo()[0])


def test_B035_fee_filters(node, peer):
    for rate in (-1, 0, 1000, 21_000_000 * 10**8 + 1, -2**63, 2**63 - 1):
        assert ignored(peer, "feefilter", struct.pack("<q", rate)) == []
    assert 0 <= node.getpeerinfo()[0].get("minfeefilter", 0) < 1
    dropped(node, peer, "feefilter", bytes(7), "feefilter that is none")


@pytest.mark.parametrize("name, payload", [
    ("getcfilters", struct.pack("<BI", 0, 5) + CHAIN.blocks[2].hash),
    ("getcfilters", struct.pack("<BI", 0, 0) + CHAIN.tip),
    ("getcfilters", struct.pack("<BI", 9, 0) + CHAIN.tip),
    ("getcfheaders", struct.pack("<BI", 0, 0) + bytes(32)),
    ("getcfcheckpt", b"\0" + bytes(32)),
], ids=["reversed", "valid", "type", "stop", "checkpoints"])
def test_B036_filters_that_are_not_offered(node, peer, name, payload):
    assert hangs_up(peer, name, payload)


# --- BIP324 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("garbage", [0, 1, 4094, 4095])
def test_B040_garbage(node, garbage):
    with Peer(node) as peer:
        peer.agree(garbage=os.urandom(garbage)).handshake().sync()
        assert peer.sync() == []


def test_B040_too_much_garbage(node):
    with Peer(node) as peer:
        hand = p2p_v2.Handshake(MAGIC, True, os.urandom(4096))
        peer.raw(hand.key + hand.garbage)
        session = hand.agree(peer.read_exactly(64))
        peer.raw(session.send_terminator + session.seal(b"", hand.garbage))
        assert peer.is_gone()


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4, 10, -1])
def test_B041_a_flipped_bit(node, at):
    with Peer(node) as peer:
        peer.handshake().sync()
        packet = bytearray(peer.transport.pack("ping", bytes(8)))
        packet[at] ^= 4
        peer.raw(packet)
        try:
            peer.raw(bytes(5_000_000))  # what a longer length waits for
        except Closed:
            pass
        assert peer.is_gone()


def test_B041_garbage_is_authenticated(node):
    with Peer(node) as peer:
        hand = p2p_v2.Handshake(MAGIC, True, bytes(100))
        peer.raw(hand.key + bytes(50) + b"\1" + bytes(49))
        session = hand.agree(peer.read_exactly(64))
        peer.raw(session.send_terminator + session.seal(b"", hand.garbage))
        assert peer.is_gone()


@pytest.mark.parametrize("order", [[0, 0], [1, 0], [0, 2]], ids=["replay", "reorder", "gap"])
def test_B041_packets_out_of_order(node, order):
    with Peer(node) as peer:
        peer.handshake().sync()
        packets = [peer.transport.pack("ping", bytes(8)) for _ in range(3)]
        for i in order:
            peer.raw(packets[i])
        try:
            peer.raw(bytes(5_000_000))
        except Closed:
            pass
        assert peer.is_gone()


def test_B041_decoys(node):
    rng = random.Random(1)
    with Peer(node) as peer:
        peer.handshake().sync()
        for _ in range(5_000):
            peer.raw(peer.session.seal(rng.randbytes(rng.randrange(40)), decoy=True))
        peer.raw(peer.session.seal(bytes(3_000_000), decoy=True))
        assert peer.sync() == []


def test_B042_contents_without_a_message(node):
    for length in range(13):
        with Peer(node) as peer:
            peer.handshake().sync()
            peer.raw(peer.session.seal(bytes(length)))
            assert peer.is_gone(), length


def test_B042_numbers_that_stand_for_nothing(node):
    with Peer(node) as peer:
        peer.handshake().sync()
        for number in list(range(29, 37)) + [38, 127, 128, 255]:
            peer.raw(peer.session.seal(bytes([number]) + os.urandom(10)))
        assert peer.sync() == []


def test_P31_a_peer_may_write_one_byte_at_a_time(node, v2):
    with Peer(node, v2) as peer:
        peer.handshake().sync()
        for byte in peer.transport.pack("ping", b"12345678"):
            peer.raw(bytes([byte]))
        assert peer.wait("pong") == b"12345678"
