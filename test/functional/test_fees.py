# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Fees: what is learnt from blocks, what the mempool says itself, and the file that keeps it."""

import os
import struct
import time

from framework import RAW_TRUE, Node, error_of
from test_mempool import TO_SCRIPT, VALUE, coins, transaction

SIZE = 96  # virtual bytes of a transaction with one input and one output
NOTHING = "Insufficient data or no feerate found"


class Wallet:
    """Many small coins, spent one by one at a rate of one's own."""

    def __init__(self, node, count):
        self.node = node
        self.coins = []
        for fund in coins(node, (count + 199) // 200):
            txid, raw = transaction([fund], [VALUE // 200 - 10_000] * 200)
            node.sendrawtransaction(raw)
            self.coins += [((txid, vout), VALUE // 200 - 10_000) for vout in range(200)]
        node.generatetodescriptor(1, RAW_TRUE)

    def pay(self, rate):
        """`rate` in satoshi for 1,000 virtual bytes. Returns the transaction's id."""
        coin, value = self.coins.pop()
        txid, raw = transaction([coin], [value - rate * SIZE // 1000])
        self.node.sendrawtransaction(raw)
        return txid


def mine(node, but=()):
    """A block with everything that waits but these."""
    wanted = [txid for txid in node.getrawmempool() if txid not in but]
    return node.generateblock(TO_SCRIPT, wanted)["hash"]


def test_arguments_and_nothing_known():
    with Node() as node:
        node.start()
        assert node.estimatesmartfee(6) == {"errors": [NOTHING], "blocks": 0}
        assert node.estimatesmartfee(6, "Conservative")["blocks"] == 0
        assert node.estimatesmartfee(1008, "unset")["errors"] == [NOTHING]
        for target in (0, 1009, -1):
            assert error_of(node, "estimatesmartfee", target) == (
                -8, "Invalid conf_target, must be between 1 and 1008")
            assert error_of(node, "estimaterawfee", target)[0] == -8
        assert error_of(node, "estimatesmartfee", 6, "sometimes") == (
            -8, 'Invalid estimate_mode parameter, must be one of: "unset", "economical", "conservative"')
        assert error_of(node, "estimatesmartfee", "6")[0] == -3
        assert error_of(node, "estimatesmartfee")[0] == -1
        for threshold in (-0.1, 1.01):
            assert error_of(node, "estimaterawfee", 6, threshold) == (-8, "Invalid threshold")
        raw = node.estimaterawfee(6)
        assert list(raw) == ["short", "medium", "long"]
        assert list(raw["short"]) == ["decay", "scale", "fail", "errors"]
        assert raw["short"]["fail"] == {"startrange": 0, "endrange": 1e99, "withintarget": 0, "totalconfirmed": 0,
                                        "inmempool": 0, "leftmempool": 0}
        assert [raw[name]["decay"] for name in raw] == [0.962, 0.9952, 0.99931]
        assert [raw[name]["scale"] for name in raw] == [1, 2, 24]
        assert list(node.estimaterawfee(13)) == ["medium", "long"]
        assert list(node.estimaterawfee(49, 0.5)) == ["long"]
        assert node.getmempoolfeehistogram() == []
        quiet = node.getmempoolfeeestimates()
        assert quiet["weight"] == 0 and quiet["minimum"] == node.getmempoolinfo()["mempoolminfee"]
        assert [block["full"] for block in quiet["blocks"]] == [False] * 3


def test_without_the_transactions_of_others():
    with Node() as node:
        node.start("-blocksonly")
        assert error_of(node, "estimatesmartfee", 6) == (-32603, "Fee estimation disabled")
        assert error_of(node, "estimaterawfee", 6) == (-32603, "Fee estimation disabled")
        node.stop()
        assert not (node.network_directory / "fee_estimates.dat").exists()


def teach(node, wallet, blocks):
    """Rates of 20 sat/vB are mined at once, those of 3 after six blocks."""
    late = []
    for _ in range(blocks):
        late.append([wallet.pay(3_000), wallet.pay(3_050)])
        for _ in range(4):
            wallet.pay(20_000)
        mine(node, but=[txid for some in late[-5:] for txid in some])


def test_learns_keeps_and_survives_a_reorganisation():
    with Node() as node:
        node.start("-acceptstalefeeestimates")
        wallet = Wallet(node, 700)
        teach(node, wallet, 60)
        answer = node.estimatesmartfee(2)
        assert answer["blocks"] == 2 and 0.00019 < answer["feerate"] < 0.000211
        slow = node.estimatesmartfee(24)
        assert slow["blocks"] == 24 and 0.0000285 < slow["feerate"] < 0.000033
        assert node.estimatesmartfee(1)["blocks"] == 2
        assert 24 < node.estimatesmartfee(1008)["blocks"] <= 31
        raw = node.estimaterawfee(2)["short"]
        assert list(raw) == ["feerate", "decay", "scale", "pass", "fail"]
        assert raw["pass"]["startrange"] < 20_000 and raw["pass"]["withintarget"] == raw["pass"]["totalconfirmed"]
        assert raw["fail"]["startrange"] < 3_000 and raw["fail"]["inmempool"] > 0
        # Blocks that are taken back and come again teach nothing twice.
        before = node.estimaterawfee(2)["short"]["pass"]
        tip = node.getbestblockhash()
        node.invalidateblock(tip)
        mine(node)
        assert node.estimaterawfee(2)["short"]["pass"] == before
        node.reconsiderblock(tip)
        node.generatetodescriptor(2, RAW_TRUE)
        assert 0.00019 < node.estimatesmartfee(2)["feerate"] < 0.000211
        # Over a restart.
        known = {target: node.estimatesmartfee(target) for target in (2, 6, 24)}
        node.restart()
        assert "Fee estimates read, up to block" in node.log()
        assert {target: node.estimatesmartfee(target) for target in (2, 6, 24)} == known
        check_files(node, known)


def check_files(node, known):
    """What is damaged is put away, what is old is not believed, and the node starts all the same (B-172's like)."""
    path = node.network_directory / "fee_estimates.dat"
    node.stop()
    good = path.read_bytes()
    newer = struct.pack("<i", 309_901) + good[4:]
    older = struct.pack("<i", 149_900) + good[4:]
    for bad, why in ((good[:1000], "its buckets are not ours"), (good[:70_000], "are damaged"), (b"", "it ends too early"),
                     (newer, "its version is 309901"), (older, "its version is 149900"), (b"\xff" * 1_000_001, "too large")):
        path.write_bytes(bad)
        node.start()
        assert node.estimatesmartfee(6)["errors"] == [NOTHING], why
        assert path.with_suffix(".dat.damaged").read_bytes() == bad
        assert why in node.log() or "bytes" in node.log(), why
        node.stop()
        assert path.exists()
    # Older than 60 hours.
    path.write_bytes(good)
    os.utime(path, (time.time() - 61 * 3600,) * 2)
    node.start()
    assert node.estimatesmartfee(6)["errors"] == [NOTHING]
    assert "which is too long ago for fees" in node.log()
    assert path.read_bytes() == good  # until the next write
    node.kill()
    node.start("-acceptstalefeeestimates")
    assert node.estimatesmartfee(6) == known[6]
    # Every hour, and no earlier.
    path.unlink()
    node.mockscheduler(3500)
    assert not path.exists()
    node.mockscheduler(3600)
    assert path.exists()
    node.stop()


def test_never_below_what_is_let_in():
    with Node() as node:
        node.start()
        wallet = Wallet(node, 400)
        for _ in range(60):
            for _ in range(4):
                wallet.pay(300)
            mine(node)
        assert 0.00000280 < node.estimatesmartfee(4)["feerate"] < 0.0000032
        node.restart("-minrelaytxfee=0.0001")
        assert node.estimatesmartfee(4)["feerate"] == 0.0001


def test_who_is_paid_for_does_not_count():
    """A parent that its child pays for, and the child, teach nothing."""
    with Node() as node:
        node.start()
        funds = coins(node, 10)
        for fund in funds:
            parent, raw = transaction([fund], [VALUE - 200])
            node.sendrawtransaction(raw)
            _, raw = transaction([(parent, 0)], [VALUE - 50_000])
            node.sendrawtransaction(raw)
            node.generatetodescriptor(1, RAW_TRUE)
        assert node.estimaterawfee(2)["short"]["fail"]["totalconfirmed"] == 0
        assert node.getmempoolfeeestimates()["coverage"] == {"blocks": 6, "share": 1}


def test_what_waits():
    with Node() as node:
        node.start()
        wallet = Wallet(node, 200)
        node.restart("-blockmaxweight=12000")  # 4,000 for transactions: ten of ours
        rates = [80_000, 60_000, 50_000, 40_000, 30_000, 20_000, 10_000, 9_000, 8_000, 7_000, 6_000, 5_000]
        for rate in rates:
            wallet.pay(rate)
        weights = {entry["weight"] for entry in node.getrawmempool(True).values()}
        assert len(weights) == 1
        weight = weights.pop()
        fit = 4_000 // weight
        answer = node.getmempoolfeeestimates()
        assert answer["weight"] == 12 * weight
        first, second, third = answer["blocks"]
        assert first["weight"] == fit * weight and first["full"]
        near = lambda value, rate: abs(value * 1e8 - rate) < rate / 50
        assert near(first["feerate"], rates[fit - 1])
        assert second["weight"] == (12 - fit) * weight and not second["full"]
        assert second["feerate"] == third["feerate"] == answer["minimum"]
        assert first["conservative"] > first["economical"] > first["feerate"] > answer["minimum"]
        histogram = node.getmempoolfeehistogram()
        assert len(histogram) == 1 and abs(histogram[0][0] - 5) < 0.1
        assert abs(histogram[0][1] - sum(e["vsize"] for e in node.getrawmempool(True).values())) <= 12
        # The template agrees about what comes next.
        template = node.getblocktemplate({"rules": ["segwit"]})
        assert len(template["transactions"]) == fit
