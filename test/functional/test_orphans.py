# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""getorphantxs: transactions that came before what they spend, who brought them, and how they go."""

import pytest
from framework import RpcError, wait_for
from p2p import ListeningNode, Peer, inventory
from rawtx import FEE, FUND, Bench, Tx


@pytest.fixture
def bench():
    with ListeningNode() as node:
        yield Bench(node.start(), funds=1)


WTX = 5


def wtxid_of(node, tx):
    return node.decoderawtransaction(tx.hex)["hash"]


def family(bench):
    parent = Tx([bench.coin()], [FUND - FEE])
    return parent, Tx([parent.coin()], [FUND - 3 * FEE])


def test_arguments(bench):
    node = bench.node
    assert node.getorphantxs() == node.getorphantxs(1) == node.getorphantxs(verbosity=2) == []
    for given, code, message in ((3, -8, "Invalid verbosity value 3"), (-1, -8, "Invalid verbosity value -1"),
                                 (True, -3, "Verbosity was boolean but only integer allowed")):
        with pytest.raises(RpcError) as caught:
            node.getorphantxs(given)
        assert (caught.value.code, caught.value.message) == (code, message)
    with pytest.raises(RpcError) as caught:
        node.getorphantxs("1")
    assert caught.value.code == -3
    assert "getorphantxs" not in node.help()


def from_of(node, tx):
    return next(one["from"] for one in node.getorphantxs(1) if one["txid"] == tx.txid)


def test_who_brought_what(bench):
    node = bench.node
    parent, child = family(bench)
    _, other = family(bench)
    with Peer(node) as first, Peer(node) as second:
        for peer in (first, second):
            peer.handshake()
        ids = {peer["addr"]: peer["id"] for peer in node.getpeerinfo()}
        one_id, other_id = ids[first.own_address], ids[second.own_address]
        first.send("tx", child.raw())
        wait_for(lambda: node.getorphantxs() == [child.txid])
        second.send("inv", inventory([(WTX, bytes.fromhex(wtxid_of(node, child))[::-1])]))
        second.send("tx", other.raw())
        wait_for(lambda: len(node.getorphantxs()) == 2)
        facts = {one["txid"]: one for one in node.getorphantxs(1)}
        wait_for(lambda: from_of(node, child) == [one_id, other_id])
        mine = facts[child.txid]
        assert list(mine) == ["txid", "wtxid", "bytes", "vsize", "vsize_bip141", "weight", "from"]
        decoded = node.decoderawtransaction(child.hex)
        assert mine["wtxid"] == decoded["hash"] and mine["bytes"] == decoded["size"]
        assert mine["vsize"] == mine["vsize_bip141"] == decoded["vsize"] and mine["weight"] == decoded["weight"]
        assert facts[other.txid]["from"] == [other_id]
        whole = {one["txid"]: one for one in node.getorphantxs(2)}
        assert whole[other.txid]["hex"] == other.hex and list(whole[child.txid])[-1] == "hex"
        # One announcer goes, the transaction stays for the other; what it spends comes, and both are in the mempool.
        first.close()
        wait_for(lambda: from_of(node, child) == [other_id])
        second.send("tx", parent.raw())
        wait_for(lambda: set(node.getrawmempool()) == {parent.txid, child.txid})
        assert node.getorphantxs() == [other.txid]
    wait_for(lambda: node.getorphantxs() == [])
