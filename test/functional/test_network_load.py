# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Five nodes in a ring under 200 transactions a second while blocks come and are taken back: once it rests, their
mempools are equal, and nothing that was sent is lost.

Everything is made before the load begins. A third of the transactions spends one that was handed to another node a
moment before, so that it comes before what it spends. KEPENG_FULL=1 keeps the load up for a minute instead of twelve
seconds.
"""

import contextlib
import json
import os
import threading
import time

import p2p
from framework import RAW_TRUE, Node, RpcError, wait_for
from test_mempool import VALUE, coins, transaction
from test_peers import decide, network, wait_for_one_tip, wait_for_relay

RATE = 200  # a second, all nodes together
LEAST_RATE = 0.9 * RATE
SECONDS = 60 if os.environ.get("KEPENG_FULL") else 12
NODES = 5
PIECES = 400
BEAT = 0.1
EQUAL_SECONDS = 90
WAIT = 3 * RATE // 2  # places between a transaction and the one that spends it


def spread(node, count):
    """So many confirmed outputs."""
    found = []
    for fund in coins(node, -(-count // PIECES)):
        txid, raw = transaction([fund], [VALUE // PIECES - 1_000] * PIECES)
        node.sendrawtransaction(raw)
        found += [(txid, i) for i in range(PIECES)]
    node.generatetodescriptor(1, RAW_TRUE)
    return found[:count]


def families(found):
    """(txid, raw) in the order of sending: two of three spend what is confirmed, the third what a first has paid."""
    load = []
    paid = []
    for number in range(SECONDS * RATE):
        value = VALUE // PIECES - 1_000
        if number % 3 == 2 and paid and paid[0][0] <= number - WAIT:
            coin, value = (paid.pop(0)[1], 0), value - 1_000
        else:
            coin = found.pop()
        txid, raw = transaction([coin], [value - 1_000 - number % 100])
        if number % 3 == 0:
            paid.append((number, txid))
        load.append((txid, raw))
    return load


class Sender:
    """Hands its share to one node at the right time: half of it over RPC in batches, half as a peer."""

    def __init__(self, node, peer, share, start):
        self.node, self.peer, self.share, self.start = node, peer, share, start
        self.errors = []
        self.thread = threading.Thread(target=self.run)

    def over_rpc(self, some):
        if not some:
            return
        batch = [{"jsonrpc": "2.0", "id": txid, "method": "sendrawtransaction", "params": [raw]} for txid, raw in some]
        answers = json.loads(self.node.request(json.dumps(batch)).text)
        self.errors += [answer["error"] for answer in answers if "error" in answer]

    def as_a_peer(self, some):
        for _, raw in some:
            self.peer.send("tx", bytes.fromhex(raw))
        with contextlib.suppress(TimeoutError, BlockingIOError):
            while True:
                name, payload = self.peer.receive(0.001)
                if name == "ping":
                    self.peer.send("pong", payload)

    def run(self):
        """Each of the share has its moment, `due`, in seconds from the start."""
        while self.share:
            time.sleep(BEAT)
            now = time.monotonic() - self.start
            due = [one for one in self.share if one[0] <= now]
            self.share = self.share[len(due):]
            self.over_rpc([one[2:] for one in due if one[1] == "rpc"])
            self.as_a_peer([one[2:] for one in due if one[1] == "peer"])
        self.ended = time.monotonic()


def spent_by(raw):
    """Whose output its only input spends."""
    return bytes.fromhex(raw)[7:39][::-1].hex()


def shares_of(load, confirmed):
    """A list for each node of (when, how, txid, raw). Over RPC go those alone that spend what everybody has."""
    shares = [[] for _ in range(NODES)]
    for number, (txid, raw) in enumerate(load):
        how = "rpc" if spent_by(raw) in confirmed and number % 2 else "peer"
        shares[number * 3 % NODES].append((number / RATE, how, txid, raw))
    return shares


def knows_block(node, name):
    try:
        node.getblockheader(name)
    except RpcError:
        return False
    return True


class Trouble:
    """Blocks, sometimes two at once, and reorganisations of one to three of them, as long as the load lasts.

    What takes blocks back is a branch of a node that nobody is connected to, handed in by `submitblock`."""

    def __init__(self, nodes, recluse, confirmed):
        self.nodes, self.recluse, self.confirmed = nodes, recluse, confirmed
        self.reorganisations = []  # how deep
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def teach(self, node):
        """All that the recluse does not know of the node's chain."""
        height = node.getblockcount()
        names = [node.getblockhash(height)]
        while not knows_block(self.recluse, names[-1]):
            height -= 1
            names.append(node.getblockhash(height))
        for name in reversed(names[:-1]):
            self.recluse.submitblock(node.getblock(name, 0))

    def independent(self, node):
        """Some of what the node's mempool has, that any branch could hold. Meanwhile a block may take of it."""
        raws = []
        for txid in node.getrawmempool()[:100]:
            with contextlib.suppress(RpcError):
                raws.append(node.getrawtransaction(txid))
        return [raw for raw in raws if spent_by(raw) in self.confirmed]

    def reorganise(self, node, depth, some):
        """A branch that is one block longer than what it takes back; `some` transactions are in its first block."""
        self.teach(node)
        before = node.getbestblockhash()
        self.recluse.invalidateblock(self.recluse.getblockhash(self.recluse.getblockcount() - depth + 1))
        branch = [self.recluse.generateblock("raw(52)", some)["hash"]]
        branch += [self.recluse.generateblock("raw(52)", [])["hash"] for _ in range(depth)]
        for name in branch:
            node.submitblock(self.recluse.getblock(name, 0))  # a branch too short to matter is "inconclusive"
        if node.getblock(before)["confirmations"] == -1 and node.getbestblockhash() == branch[-1]:
            self.reorganisations.append(depth)

    def mine_two(self, one, other):
        rival = threading.Thread(target=other.generatetodescriptor, args=(1, "raw(53)"))
        rival.start()
        one.generatetodescriptor(1, RAW_TRUE)
        rival.join()

    def run(self):
        number = 0
        while not self.ends.wait(0.4):
            number += 1
            one, other = self.nodes[number % NODES], self.nodes[(number + 2) % NODES]
            if number % 4 == 3:
                self.reorganise(other, 1 + number // 4 % 3, self.independent(other) if number % 8 == 3 else [])
            elif number % 4 == 2:
                self.mine_two(one, other)
            else:
                one.generatetodescriptor(1, RAW_TRUE)


def mined_above(node, height):
    """All but coinbases."""
    mined = []
    for above in range(height + 1, node.getblockcount() + 1):
        mined += node.getblock(node.getblockhash(above))["tx"][1:]
    return mined


def run_load(nodes, shares, trouble, stack):
    """The peers stay: what waits for what it spends goes with whoever brought it."""
    peers = [stack.enter_context(p2p.Peer(node)).handshake() for node in nodes]
    start = time.monotonic()
    senders = [Sender(*one, start) for one in zip(nodes, peers, shares)]
    for one in (*senders, trouble):
        one.thread.start()
    for one in senders:
        one.thread.join()
    trouble.ends.set()
    trouble.thread.join()
    assert not [error for one in senders for error in one.errors]
    return max(one.ended for one in senders) - start


def test_five_nodes_under_two_hundred_transactions_a_second():
    with network(NODES, "-txsendrate=1000") as nodes, Node() as recluse, contextlib.ExitStack() as stack:
        for i, node in enumerate(nodes):
            node.connect(nodes[(i + 1) % NODES])
        found = spread(nodes[0], SECONDS * RATE)
        confirmed = {txid for txid, _ in found}
        load = families(found)
        wait_for_one_tip(nodes)
        wait_for_relay(nodes)
        height = nodes[0].getblockcount()
        trouble = Trouble(nodes, recluse.start(), confirmed)
        seconds = run_load(nodes, shares_of(load, confirmed), trouble, stack)
        rested = time.monotonic()
        decide(nodes)
        left = {txid for txid, _ in load} - set(mined_above(nodes[0], height))
        with contextlib.suppress(AssertionError):
            wait_for(lambda: all(set(node.getrawmempool()) == left and node.getorphantxs() == [] for node in nodes),
                     EQUAL_SECONDS)
        print(f"{len(load)} transactions in {seconds:.1f} s, {len(load) / seconds:.0f} a second; reorganised by "
              f"{trouble.reorganisations} blocks; {len(left)} left; equal after {time.monotonic() - rested:.1f} s")
        assert len(load) / seconds > LEAST_RATE
        assert len(trouble.reorganisations) >= SECONDS // 4
        for node in nodes:
            assert set(node.getrawmempool()) == left and node.getorphantxs() == []
        nodes[4].generatetodescriptor(1, RAW_TRUE)
        wait_for_one_tip(nodes)
        wait_for(lambda: not any(node.getrawmempool() for node in nodes))
