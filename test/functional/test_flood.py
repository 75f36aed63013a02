# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""A node that several peers flood with transactions of every useless kind at once, while an honest one pays.

The attackers are processes of their own and never rest; each kind has two connections. What they can make grow is
looked at again and again, and what the mempool takes of the honest one has to be in it two seconds after it was sent.
"""

import contextlib
import itertools
import json
import multiprocessing
import os
import random
import statistics
import struct
import time

import p2p
import pytest
from framework import RpcError, wait_for
from rawtx import FEE, FUND, Bench, In, Tx, push, wsh
from segwit_chain import Key
from test_mempool import VALUE, coins, transaction
from test_peers import Peer as Node
from test_peers import wait_for_one_tip, wait_for_relay

MIB = 1 << 20
FLOOD_SECONDS = 15
HONEST_EVERY = 0.2
SECONDS_MAX = 2  # from a peer's hand into the mempool
NEIGHBOUR_SECONDS_MAX = 30  # it is told at random moments, every two seconds
MEMPOOL_BYTES = 5_000_000
CONNECTIONS = 2  # of each kind of attacker
ORPHAN_WEIGHT = 404_000
ORPHAN_SCORE = 3_000
ANNOUNCEMENTS = 5_000
LARGE_DATA = b"\x6a\x4e" + struct.pack("<I", 98_000) + bytes(98_000)
KEY = Key(1)
ONE_OF_TWENTY = b"\x51" + b"".join(push(Key(number).public) for number in range(1, 21)) + b"\x01\x14\xae"
NONE_ANYONE_CAN_PAY = b"\x82"
FINAL = 0xFFFFFFFD
DEAR_COINS = 100


def unknown_coin():
    return os.urandom(32).hex(), random.randrange(4)


# --- what the attackers send -----------------------------------------------------------------------------------------


class Orphans:
    """What they spend nobody knows; every twentieth is nearly as large as may be."""

    def __init__(self, bench, spread):
        pass

    def make(self, number):
        outputs = [FUND, (0, LARGE_DATA)] if number % 20 == 0 else [FUND]
        return Tx([unknown_coin()], outputs).raw()


class Conflicts:
    """The same twenty coins again and again, a satoshi dearer each time; every 51st pays enough to replace."""

    def __init__(self, bench, spread):
        self.coins = [bench.coin() for _ in range(20)]
        self.fees = [20 * FEE] * len(self.coins)
        self.firsts = [Tx([coin], [FUND - 20 * FEE]) for coin in self.coins]

    def make(self, number):
        which = number % len(self.coins)
        if number < len(self.coins):
            return self.firsts[which].raw()
        is_enough = number % 51 == 0
        self.fees[which] += 100 * is_enough
        tip = 0 if is_enough else 1
        return Tx([self.coins[which]], [FUND - self.fees[which] - tip], lock_time=number if tip else 0).raw()


class Cheap:
    """Nothing wrong but the fee: none, or less than a full mempool asks for, or just enough to push others out."""

    def __init__(self, bench, spread):
        self.coin, self.spread = bench.coin(), spread

    def make(self, number):
        if number % 50 == 0 and self.spread:
            return wide(self.spread.pop(), 60_000 + number)
        fee = 0 if number % 2 else 100
        return Tx([self.coin], [FUND // 2 + number, FUND - FUND // 2 - number - fee]).raw()


class Forged:
    """Signed by the right key, but something else."""

    def __init__(self, bench, spread):
        self.script = push(KEY.public) + b"\xac"
        self.coin = bench.fund(wsh(self.script))[0]
        self.signature = KEY.sign(bytes(32))

    def make(self, number):
        return Tx([In(self.coin, witness=(self.signature, self.script))], [50_000 + number]).raw()


class Dear:
    """A hundred inputs for which twenty keys are tried each, a tenth of a second in all, and the last one is forged.

    The signatures sign nothing but their own coin, so that they are made once."""

    def __init__(self, bench):
        script = wsh(ONE_OF_TWENTY)
        self.coins = bench.fund(*[script] * DEAR_COINS)
        self.inputs = [In(coin, witness=(b"", self.signature(coin), ONE_OF_TWENTY)) for coin in self.coins[:-1]]
        self.inputs.append(In(self.coins[-1], witness=(b"", KEY.sign(bytes(32)), ONE_OF_TWENTY)))

    def signature(self, coin, value=100_000):
        """By BIP143."""
        outpoint = bytes.fromhex(coin[0])[::-1] + struct.pack("<I", coin[1])
        spent = outpoint + p2p.text(ONE_OF_TWENTY) + struct.pack("<qI", value, FINAL)
        signed = struct.pack("<i", 2) + bytes(64) + spent + bytes(36) + struct.pack("<I", NONE_ANYONE_CAN_PAY[0])
        return KEY.sign(p2p.sha256d(signed))[:-1] + NONE_ANYONE_CAN_PAY

    def make(self, number):
        return Tx(self.inputs, [1_000_000 + number]).raw()


class Announcer:
    """Has everything, and never gives it."""

    name = "inv"

    def __init__(self, bench, spread):
        pass

    def make(self, number):
        return p2p.inventory([(p2p.WTX, os.urandom(32)) for _ in range(50_000)])


class Attacker:
    """A process that sends what `source` makes through its connections until it is ended."""

    def __init__(self, node, source, count=CONNECTIONS):
        context = multiprocessing.get_context("fork")
        self.sent = context.Value("Q", 0)
        self.asked = context.Value("Q", 0)
        self.source = source
        self.peers = [p2p.Peer(node, v2=False) for _ in range(count)]
        for peer in self.peers:
            peer.handshake()
        self.addresses = {peer.own_address for peer in self.peers}
        self.process = context.Process(target=self.run, daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def has_flooded(self):
        return self.sent.value > (5 if isinstance(self.source, Announcer) else 2_000)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()
        for peer in self.peers:
            peer.close()

    def run(self):
        os.nice(10)  # it has a machine of its own elsewhere
        name = getattr(self.source, "name", "tx")
        for number in itertools.count():
            peer = self.peers[number % len(self.peers)]
            peer.send(name, self.source.make(number))
            self.sent.value += 1
            if name == "inv" or number % 64 < len(self.peers):
                self.listen(peer)

    def listen(self, peer):
        """Reads what has come, answers pings, and counts what it is asked for."""
        with contextlib.suppress(TimeoutError, BlockingIOError):
            while True:
                name, payload = peer.receive(0.001)
                if name == "ping":
                    peer.send("pong", payload)
                if name == "getdata":
                    self.asked.value += len(p2p.read_inventory(payload))


# --- the node --------------------------------------------------------------------------------------------------------


def wide(coin, fee):
    """2,600 bytes that will take long to get rid of."""
    return bytes.fromhex(transaction([coin], [1_000] * 60 + [VALUE // 400 - 500 - 60_000 - fee])[1])


def fill(node, spread):
    """Until the mempool is full, and costs more than relay does."""
    number = 0
    while node.getmempoolinfo()["mempoolminfee"] < 0.00002:
        for coin in spread[number:number + 100]:
            with contextlib.suppress(RpcError):
                node.sendrawtransaction(wide(coin, 5_000 + 20 * number).hex())
        number += 100
        assert number < len(spread)
    return spread[number:]


def with_many_coins(node):
    """A bench, and 4,000 outputs to fill a mempool with."""
    bench = Bench(node, funds=4)
    spread = []
    for fund in coins(node, 10):
        txid, raw = transaction([fund], [VALUE // 400 - 500] * 400)
        node.sendrawtransaction(raw)
        spread += [(txid, i) for i in range(400)]
    bench.mine()
    return bench, spread


class Watch:
    """The most of everything that was seen."""

    def __init__(self, node):
        self.node = node
        self.before = p2p.resident(node)
        self.usage = self.growth = 0
        self.weights, self.scores = [], []  # of all orphans, as often as there were announcers, by the number of these

    def look(self):
        self.usage = max(self.usage, self.node.getmempoolinfo()["usage"])
        self.growth = max(self.growth, p2p.resident(self.node) - self.before)
        owned = [(orphan["weight"], owner) for orphan in self.node.getorphantxs(1) for owner in orphan["from"]]
        owners = len({owner for _, owner in owned})
        self.weights.append(sum(weight for weight, _ in owned) / max(1, owners))
        self.scores.append(len(owned))  # each has one input


class Payer:
    """The honest peer: one payment after another, and how long each took into the mempool and to the neighbour."""

    def __init__(self, peer, node, neighbour):
        self.peer, self.pools = peer, ((node, {}), (neighbour, {}))
        self.here, self.there = (times for _, times in self.pools)
        self.sent = {}

    def pay(self, tx):
        self.sent[tx.txid] = time.monotonic()
        self.peer.send("tx", tx.raw())

    def look(self):
        for node, arrived in self.pools:
            missing = self.sent.keys() - arrived.keys()
            if not missing:
                continue
            pool = set(node.getrawmempool())
            now = time.monotonic()
            arrived.update((txid, now - self.sent[txid]) for txid in missing & pool)

    def look_until(self, moment):
        while time.monotonic() < moment:
            self.look()
            time.sleep(0.01)

    def wait_for_all(self):
        """Here, where the last ones may still wait to be judged, and at the neighbour."""
        until = time.monotonic() + NEIGHBOUR_SECONDS_MAX
        while not self.sent.keys() == self.here.keys() == self.there.keys() and time.monotonic() < until:
            self.look()
            time.sleep(0.05)


def figures(times):
    ordered = sorted(times)
    return f"{len(ordered)} in {ordered[len(ordered) // 2]:.2f} s, at most {ordered[-1]:.2f} s" if ordered else "none"


class Flood:
    """Everything that a flood of `FLOOD_SECONDS` has shown."""

    def __init__(self, stack):
        self.node, self.neighbour = (stack.enter_context(Node()) for _ in range(2))
        # The rate at which others are told is not what is looked at here.
        self.node.start("-maxmempool=5", "-txsendrate=1000")
        self.neighbour.start("-whitelist=relay@127.0.0.1")
        self.node.connect(self.neighbour)
        bench, spread = with_many_coins(self.node)
        self.spread = fill(self.node, spread)
        self.payments = [Tx([bench.coin()], [FUND - 20 * FEE]) for _ in range(int(FLOOD_SECONDS / HONEST_EVERY))]
        self.parent = Tx([bench.coin()], [FUND - 20 * FEE])
        self.orphan = Tx([self.parent.coin()], [FUND - 40 * FEE])
        self.sources = [kind(bench, self.spread) for kind in (Orphans, Conflicts, Cheap, Forged, Announcer)]
        wait_for_one_tip([self.node, self.neighbour])
        wait_for_relay([self.node, self.neighbour])
        self.fee_before = self.node.getmempoolinfo()["mempoolminfee"]
        peer = stack.enter_context(p2p.Peer(self.node)).handshake()
        peer.send("tx", self.orphan.raw())
        wait_for(lambda: self.node.getorphantxs() == [self.orphan.txid])
        self.payer = Payer(peer, self.node, self.neighbour)
        self.watch = Watch(self.node)

    def run(self):
        with contextlib.ExitStack() as stack:
            self.attackers = [stack.enter_context(Attacker(self.node, source)) for source in self.sources]
            time.sleep(1)
            since = time.monotonic()
            for number, tx in enumerate(self.payments, 1):
                self.payer.pay(tx)
                self.payer.look_until(since + number * HONEST_EVERY)
                if number % 10 == 0:
                    self.watch.look()
            # Where others want the machine too, it takes them longer.
            with contextlib.suppress(AssertionError):
                wait_for(lambda: all(one.has_flooded() for one in self.attackers))
            self.orphans_left = self.node.getorphantxs()
            self.connected = {peer["addr"] for peer in self.node.getpeerinfo()}
        self.payer.wait_for_all()
        return self

    def report(self):
        for one in self.attackers:
            print(f"{type(one.source).__name__}: {one.sent.value} messages, asked for {one.asked.value}")
        print(f"payments: {figures(self.payer.here.values())}; at the neighbour {figures(self.payer.there.values())}")
        print(f"mempool {self.watch.usage} bytes, memory + {self.watch.growth / MIB:.0f} MiB, "
              f"orphans {max(self.watch.scores)}, weight for each announcer {max(self.watch.weights):.0f}")


@pytest.fixture(scope="module")
def flood():
    with contextlib.ExitStack() as stack:
        flood = Flood(stack).run()
        flood.report()
        yield flood


def test_P12_payments_do_not_wait(flood):
    """What the mempool takes of the honest one is in it two seconds after it was sent, and reaches the neighbour.

    The machine itself may stand still for a moment, and then those of this moment take longer."""
    times = sorted(flood.payer.here.values())
    assert times[len(times) * 9 // 10] < SECONDS_MAX
    assert times[-1] < 3 * SECONDS_MAX
    assert flood.payer.there.keys() == flood.payer.here.keys()


def test_P12_no_payment_is_lost(flood):
    """Others may send as much as they like: what the honest one has sent is judged."""
    assert flood.payer.here.keys() == flood.payer.sent.keys()


def test_the_flood_was_one(flood):
    """Each kind has sent thousands of messages, and is still connected: nothing of it is a crime."""
    for attacker in flood.attackers:
        assert attacker.has_flooded()
        assert attacker.addresses <= flood.connected


def test_P12_announcements_without_end(flood):
    """Of 50,000 names a message, each connection is asked for 5,000 a minute, and no more."""
    announcer = next(one for one in flood.attackers if isinstance(one.source, Announcer))
    assert ANNOUNCEMENTS < announcer.asked.value <= CONNECTIONS * ANNOUNCEMENTS


def test_P14_orphans(flood):
    """Nobody's flood costs another's orphan its place, and all together stay within their shares."""
    assert max(flood.watch.weights) <= ORPHAN_WEIGHT
    assert 100 < max(flood.watch.scores) <= ORPHAN_SCORE
    assert flood.orphan.txid in flood.orphans_left
    flood.payer.peer.send("tx", flood.parent.raw())
    wait_for(lambda: {flood.parent.txid, flood.orphan.txid} <= set(flood.node.getrawmempool()))
    assert flood.orphan.txid not in flood.node.getorphantxs()


def test_P32_the_mempool_stays_in_its_bounds(flood):
    """It is full all the time and never beyond; what comes in pushes cheaper ones out and raises the price."""
    info = flood.node.getmempoolinfo()
    assert 0.9 * MEMPOOL_BYTES < flood.watch.usage <= MEMPOOL_BYTES
    assert info["mempoolminfee"] > flood.fee_before
    rates = [entry["fees"]["base"] / entry["vsize"] * 1_000 for entry in flood.node.getrawmempool(True).values()]
    assert min(rates) > 0.9 * flood.fee_before


def test_P32_each_coin_is_spent_once(flood):
    """Thousands of double spends leave one spender of each coin; what replaced it has paid more each time."""
    conflicts = next(source for source in flood.sources if isinstance(source, Conflicts))
    asked = [{"txid": txid, "vout": vout} for txid, vout in conflicts.coins]
    spenders = {one["spendingtxid"] for one in flood.node.gettxspendingprevout(asked)}
    assert len(spenders) == len(conflicts.coins)
    firsts = {tx.txid for tx in conflicts.firsts}
    assert not spenders & firsts


def test_P02_memory(flood):
    """64 MiB are for what peers have sent and nobody has heard yet (P-02); half as much again is for all else."""
    assert flood.watch.growth < 96 * MIB


def test_P33_dear_forgeries_do_not_stop_the_mempool():
    """One connection sends nothing but transactions that take a tenth of a second to refuse: a payment is in the
    mempool after two seconds all the same, and a miner gets a template."""
    with Node() as node, contextlib.ExitStack() as stack:
        bench = Bench(node.start(), funds=4)
        source = Dear(bench)
        assert "input 99 of" in bench.details(Tx(source.inputs, [1_000_000]))
        payments = [Tx([bench.coin()], [FUND - 20 * FEE]) for _ in range(8)]
        peer = stack.enter_context(p2p.Peer(node)).handshake()
        stack.enter_context(Attacker(node, source, 1))
        time.sleep(2)
        took = []
        for tx in payments:
            since = time.monotonic()
            peer.send("tx", tx.raw())
            wait_for(lambda: tx.txid in node.getrawmempool(), 10)
            node.getblocktemplate({"rules": ["segwit"]})
            took.append(time.monotonic() - since)
        print(figures(took))
        assert statistics.median(took) < SECONDS_MAX
        assert max(took) < 3 * SECONDS_MAX


def test_P02_what_waits_to_be_judged_takes_no_more_than_what_waits_to_be_heard():
    """While a mempool is busy with one peer's forgeries, another's transactions of 4 MB do not pile up before it."""
    with Node() as node, contextlib.ExitStack() as stack:
        source = Dear(Bench(node.start(), funds=4))
        busy, large = (stack.enter_context(p2p.Peer(node, v2=False)).handshake() for _ in range(2))
        before = p2p.resident(node)
        huge = b"\x6a\x4e" + struct.pack("<I", 3_990_000) + bytes(3_990_000)
        most = most_unjudged = 0
        make_huge = lambda _: Tx([unknown_coin()], [(0, huge)]).raw()
        for peer, count, make in ((busy, 100, source.make), (large, 60, make_huge)):
            peer.socket.settimeout(5)
            with contextlib.suppress(TimeoutError):  # it may be heard later
                for number in range(count):
                    peer.send("tx", make(number))
                    most = max(most, p2p.resident(node) - before)
                    if number % 10 == 9:
                        unjudged = [peer["memory"]["unjudged"] for peer in node.getpeerinfo()]
                        most_unjudged = max(most_unjudged, *unjudged)
        print(f"+ {most / MIB:.0f} MiB, of one peer {most_unjudged / MIB:.1f} MiB unjudged")
        assert 1 * MIB < most_unjudged < 2 * MIB + 4_000_000  # one more than its share
        assert most < 128 * MIB


def test_V91_what_pays_most_is_told_first():
    """Two thousand cheap ones wait to be told to the neighbour; one that pays a hundred times as much goes first."""
    with Node() as node, Node() as neighbour:
        node.start()
        neighbour.start("-whitelist=relay@127.0.0.1")
        bench = Bench(node, funds=51)
        node.connect(neighbour)
        wait_for_one_tip([node, neighbour])
        wait_for_relay([node, neighbour])
        cheap = [Tx([bench.coin()], [FUND - 100]).hex for _ in range(2_000)]
        for some in (cheap[:1_000], cheap[1_000:]):
            batch = [{"id": 0, "method": "sendrawtransaction", "params": [raw]} for raw in some]
            assert node.request(json.dumps(batch)).status == 200
        assert node.getmempoolinfo()["size"] == len(cheap)
        urgent = Tx([bench.coin()], [FUND - 10_000])
        since = time.monotonic()
        node.sendrawtransaction(urgent.hex)
        wait_for(lambda: urgent.txid in neighbour.getrawmempool(), 100)
        print(f"at the neighbour after {time.monotonic() - since:.1f} s")
        assert time.monotonic() - since < 30  # in turn it would take fifty; the moment is random, every two seconds
