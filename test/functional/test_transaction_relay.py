# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Transactions go around, in any form of network, and into everybody's blocks."""

import pytest
from framework import RAW_TRUE, wait_for
from test_mempool import VALUE, coins, transaction
from test_peers import network, wait_for_one_tip, wait_for_relay


@pytest.mark.parametrize("v2", [1, 0])
def test_along_a_line(v2):
    """What one sends reaches the fourth, and a block of the fourth confirms it everywhere."""
    with network(4, f"-v2transport={v2}") as nodes:
        for a, b in zip(nodes, nodes[1:]):
            a.connect(b)
        funds = coins(nodes[0], 3)
        wait_for_one_tip(nodes)
        wait_for_relay(nodes)
        txids = []
        for fund in funds:
            txid, raw = transaction([fund], [VALUE - 10_000])
            nodes[0].sendrawtransaction(raw)
            child, raw = transaction([(txid, 0)], [VALUE - 30_000])
            nodes[0].sendrawtransaction(raw)
            txids += [txid, child]
        assert nodes[0].getmempoolinfo()["unbroadcastcount"] == 6
        wait_for(lambda: sorted(nodes[3].getrawmempool()) == sorted(txids), 90)
        assert nodes[0].getmempoolinfo()["unbroadcastcount"] == 0
        assert nodes[3].getpeerinfo()[0]["last_transaction"] > 0
        block = nodes[3].generatetodescriptor(1, RAW_TRUE)[0]
        assert len(nodes[3].getblock(block)["tx"]) == 7
        wait_for_one_tip(nodes)
        wait_for(lambda: all(node.getrawmempool() == [] for node in nodes))
        # The others had its transactions already: it came as a compact block, without a round trip for them.
        assert "blocktxn" not in nodes[2].getpeerinfo()[1]["bytesrecv_per_msg"]


def test_a_parent_that_pays_too_little():
    """One parent, one child: the child pays for both, although the parent alone would be refused."""
    with network(2) as (a, b):
        fund = coins(a, 1)[0]
        a.connect(b)
        wait_for_one_tip([a, b])
        wait_for_relay([a, b])
        parent, raw_parent = transaction([fund], [VALUE])  # nothing
        child, raw_child = transaction([(parent, 0)], [VALUE - 50_000])
        done = a.submitpackage([raw_parent, raw_child])
        assert done["package_msg"] == "success"
        wait_for(lambda: sorted(b.getrawmempool()) == sorted([parent, child]), 90)


def test_what_is_sent_again_is_told_again():
    """Who connects later hears of nothing that is old; its owner may have it told once more."""
    with network(2) as (a, b):
        first, second = coins(a, 2)
        sent = [transaction([fund], [VALUE - 10_000]) for fund in (first, second)]
        for _, raw in sent:
            a.sendrawtransaction(raw)
        a.connect(b)
        wait_for_one_tip([a, b])
        wait_for_relay([a, b])
        assert a.sendrawtransaction(sent[0][1]) == sent[0][0]
        wait_for(lambda: sent[0][0] in b.getrawmempool(), 60)  # it is told at random moments, every two seconds
        assert a.submitpackage([sent[1][1]])["package_msg"] == "success"
        wait_for(lambda: sent[1][0] in b.getrawmempool(), 60)


def test_blocks_only():
    with network(3) as (a, quiet, c):
        fund = coins(a, 1)[0]
        quiet.stop()
        quiet.start("-blocksonly")
        quiet.connect(a)
        c.connect(a)
        wait_for_one_tip([a, quiet, c])
        wait_for_relay([a, quiet, c])
        assert quiet.getnetworkinfo()["localrelay"] is False and a.getnetworkinfo()["localrelay"] is True
        txid, raw = transaction([fund], [VALUE - 10_000])
        a.sendrawtransaction(raw)
        wait_for(lambda: c.getrawmempool() == [txid], 120)  # callers are told at random moments, every five seconds
        assert quiet.getrawmempool() == []
        assert next(peer for peer in a.getpeerinfo() if peer["relaytxes"] is False)
