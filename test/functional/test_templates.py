# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Block templates where something is different: before segwit, with what no block may hold, judged without work."""

from framework import RAW_TRUE, Node
from rawtx import In, Tx
from test_mempool import VALUE, coins, transaction
from test_miner import PAY_TO, miner, submit, template_of


def test_before_segwit():
    """Bytes and signature operations count as they did; what has a witness cannot be mined yet, and costs no block."""
    with Node() as node:
        node.start("-testactivationheight=segwit@210", "-acceptnonstdtxn=1")
        block = node.generatetodescriptor(1, RAW_TRUE)[0]
        (coin,) = coins(node, 1)
        plain = Tx([In((node.getblock(block)["tx"][0], 0), witness=())], [(VALUE - 10_000, b"\xac" + bytes([0x51]) * 60)])
        node.sendrawtransaction(plain.hex)
        template = template_of(node)
        assert template["rules"] == ["csv"]
        assert (template["sigoplimit"], template["sizelimit"]) == (20_000, 1_000_000)
        assert "weightlimit" not in template and "default_witness_commitment" not in template
        assert [(tx["txid"], tx["sigops"]) for tx in template["transactions"]] == [(plain.txid, 1)]
        node.generatetodescriptor(1, RAW_TRUE)
        # The mempool knows no heights of soft forks.
        txid, raw = transaction([coin], [VALUE - 10_000])
        node.sendrawtransaction(raw)
        assert template_of(node)["transactions"] == []
        assert "would not be valid (unexpected-witness)" in node.log()
        for _ in range(210 - 1 - node.getblockcount()):
            node.generateblock(RAW_TRUE, [])
        template = template_of(node)
        assert template["rules"] == ["csv", "!segwit", "taproot"]
        assert (template["sigoplimit"], template["sizelimit"], template["weightlimit"]) == (80_000, 4_000_000, 4_000_000)
        assert [tx["txid"] for tx in template["transactions"]] == [txid]
        submit(node, miner.mine(template, PAY_TO))
        assert node.getrawmempool() == []


def test_a_proposal_needs_no_work():
    """BIP23: whether a block would do is asked before anybody works on it."""
    with Node() as node:
        node.start()
        block = bytearray(miner.mine(template_of(node), PAY_TO))
        while miner.sha256d(bytes(block[:80]))[31] < 0x80:
            block[76] = (block[76] + 1) % 256
        proposal = {"mode": "proposal", "rules": ["segwit"], "data": block.hex()}
        assert node.getblocktemplate(proposal) is None
        assert node.submitblock(block.hex()) == "high-hash"
